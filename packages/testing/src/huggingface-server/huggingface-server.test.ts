import { InferenceClient } from '@huggingface/inference';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence } from '../scripted-model/index.ts';
import type { WireServerOptions } from '../wire-server/index.ts';
import { startHuggingFaceServer } from './server.ts';

// Proven with Hugging Face’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: WireServerOptions) {
  const server = await startHuggingFaceServer(options);
  const client = (key: string) =>
    new InferenceClient(key, { endpointUrl: server.baseUrl, retry_on_error: false });
  return {
    server,
    client: client(options.key ?? 'none'),
    clientWith: client,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const ask = { model: 'maker/any', messages: [{ role: 'user', content: 'hello there' }] };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }] as const;
const full: ScriptedTurn = {
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 } },
    { name: 'weather', arguments: { city: 'Rome' } },
  ],
  usage: { inputTokens: 100, outputTokens: 20 },
};

test('says the same whole and streamed: text, parallel calls, usage', async () => {
  await using setup = await start({ script: always(full), models: ['maker/any'] });
  const request = { ...ask, model: 'maker/any:fastest', tools: [...tools] };
  const whole = await setup.client.chatCompletion(request);
  expect(whole.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Good day',
      tool_calls: [
        { function: { name: 'weather', arguments: '{"city":"Bern","days":3}' } },
        { function: { arguments: '{"city":"Rome"}' } },
      ],
    },
  });
  expect(whole.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
  let text = '';
  const calls: string[] = [];
  for await (const { choices } of setup.client.chatCompletionStream(request)) {
    text += choices[0]?.delta.content ?? '';
    for (const call of choices[0]?.delta.tool_calls ?? []) {
      calls[call.index] = (calls[call.index] ?? '') + call.function.arguments;
    }
  }
  expect(text).toBe('Good day');
  expect(calls).toEqual(['{"city":"Bern","days":3}', '{"city":"Rome"}']);
});

test('refuses a wrong token and an unknown model as the router does', async () => {
  await using setup = await start({ script: always({ text: 'x' }), key: 'hf_right', models: ['maker/any'] });
  const wrong = setup.clientWith('hf_wrong').chatCompletion(ask);
  await expect(wrong).rejects.toMatchObject({
    httpResponse: { status: 401, body: { error: expect.stringContaining('Invalid username') } },
  });
  await expect(setup.client.chatCompletion({ ...ask, model: 'maker/other' })).rejects.toMatchObject({
    httpResponse: { status: 400, body: { error: { code: 'model_not_supported', param: 'model' } } },
  });
});

test('tells errors in a text, in the middle of a stream too', async () => {
  const text = ['one', 'two'];
  await using setup = await start({
    script: sequence(
      { fault: { kind: 'status', status: 402, message: 'You have exceeded your monthly included credits' } },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'out of memory' } },
      { text, fault: { kind: 'malformed', afterPieces: 1 } },
      { text, fault: { kind: 'cut', afterPieces: 1 } },
      { text, fault: { kind: 'stall', afterPieces: 1 } },
    ),
  });
  await expect(setup.client.chatCompletion(ask)).rejects.toThrow(/exceeded your monthly/);
  const read = async (signal?: AbortSignal) => {
    const pieces: string[] = [];
    try {
      for await (const { choices } of setup.client.chatCompletionStream(ask, signal ? { signal } : {})) {
        if (choices[0]?.delta.content) pieces.push(choices[0].delta.content);
      }
    } catch (error) {
      return { pieces, error };
    }
    return { pieces };
  };
  expect(await read()).toMatchObject({
    pieces: ['one'],
    error: { message: expect.stringMatching('memory') },
  });
  expect(await read()).toMatchObject({ pieces: ['one'], error: expect.any(SyntaxError) });
  expect(await read()).toMatchObject({ pieces: ['one'], error: expect.any(Error) });
  const controller = new AbortController();
  const stalled = read(controller.signal);
  const { disconnected } = await setup.server.requestAt(4);
  controller.abort();
  await disconnected;
  expect(await stalled).toMatchObject({ error: expect.anything() });
});

test('makes embeddings and lists models with their providers', async () => {
  const models = [{ name: 'maker/any', contextWindow: 4096 }];
  await using setup = await start({ script: always({}), models });
  const endpointUrl = `${setup.server.origin}/hf-inference/models/maker/any/pipeline/feature-extraction`;
  const client = new InferenceClient('none', { endpointUrl });
  const many = await client.featureExtraction({ inputs: ['abc', 'abd'] });
  expect(many).toHaveLength(2);
  expect(await client.featureExtraction({ inputs: 'abc' })).toEqual(many[0]);
  const listed = await (await fetch(`${setup.server.baseUrl}/models`)).json();
  expect(listed).toMatchObject({ data: [{ id: 'maker/any', providers: [{ context_length: 4096 }] }] });
});
