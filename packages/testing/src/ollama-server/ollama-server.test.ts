import { Ollama } from 'ollama';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence, structured } from '../scripted-model/index.ts';
import type { WireServerOptions } from '../wire-server/index.ts';
import { startOllamaServer } from './server.ts';

// Proven with Ollama’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: WireServerOptions) {
  const server = await startOllamaServer(options);
  const headers = { authorization: `Bearer ${options.key}` };
  const client = new Ollama({ host: server.origin, headers });
  return { server, client, [Symbol.asyncDispose]: () => server.close() };
}

const ask = { model: 'any', messages: [{ role: 'user', content: 'hello there' }] };
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };

const full: ScriptedTurn = {
  reasoning: 'Let me think',
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 } },
    { name: 'weather', arguments: '{"city":"Rome"}' },
  ],
  usage: { inputTokens: 100, outputTokens: 20 },
};

test('says the same whole and streamed: thoughts, text, parallel calls, usage', async () => {
  await using setup = await start({ script: always(full) });
  const whole = await setup.client.chat({ ...ask, tools: [weather] });
  const streamed = [];
  for await (const line of await setup.client.chat({ ...ask, tools: [weather], stream: true })) {
    streamed.push(line);
  }
  for (const lines of [[whole], streamed]) {
    expect(lines.map(({ message }) => message.thinking ?? '').join('')).toBe('Let me think');
    expect(lines.map(({ message }) => message.content).join('')).toBe('Good day');
    expect(lines.flatMap(({ message }) => message.tool_calls ?? [])).toMatchObject([
      { function: { name: 'weather', arguments: { city: 'Bern', days: 3 } } },
      { function: { name: 'weather', arguments: { city: 'Rome' } } },
    ]);
    expect(lines.at(-1)).toMatchObject({
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 100,
      eval_count: 20,
    });
  }
  expect(streamed.length).toBe(3 + 2 + 2 + 1);
  const quiet = await setup.client.chat({ ...ask, think: false });
  expect(quiet.message.thinking).toBeUndefined();
  await using plain = await start({ script: always(full), models: ['any'] });
  expect((await plain.client.chat(ask)).message.thinking).toBeUndefined();
});

test('lets the script see images, tools and schema', async () => {
  const seen: unknown[] = [];
  const script = structured({ city: 'Bern' });
  await using setup = await start({
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const schema = { type: 'object', properties: { city: { type: 'string' } } };
  const messages = [{ role: 'user', content: 'where?', images: ['iVBORw0KGgo='] }];
  const { message } = await setup.client.chat({ model: 'any', messages, format: schema, tools: [weather] });
  expect(message.content).toBe('{"city":"Bern"}');
  expect(seen).toMatchObject([
    {
      messages: [{ role: 'user', text: 'where?', images: [{ data: 'iVBORw0KGgo=' }] }],
      tools: ['weather'],
      schema,
    },
  ]);
});

test('refuses a wrong key, an unknown model and what a model cannot do', async () => {
  const models = [{ name: 'small', capabilities: ['completion'] }, 'large'];
  await using setup = await start({ script: always({ text: 'x' }), key: 'right', models });
  const wrong = new Ollama({ host: setup.server.origin });
  await expect(wrong.chat({ ...ask, model: 'large' })).rejects.toMatchObject({ status_code: 401 });
  await expect(setup.client.chat(ask)).rejects.toMatchObject({
    status_code: 404,
    error: "model 'any' not found",
  });
  await expect(setup.client.chat({ ...ask, model: 'small', tools: [weather] })).rejects.toThrow(
    /does not support tools/,
  );
  await expect(setup.client.chat({ ...ask, model: 'large', think: true })).rejects.toThrow(
    /does not support thinking/,
  );
  await expect(setup.client.chat({ ...ask, model: 'large', tools: [weather] })).resolves.toMatchObject({
    model: 'large',
  });
});

test('tells errors in Ollama’s way, that of a call it cannot parse too', async () => {
  await using setup = await start({
    script: sequence(
      { fault: { kind: 'status', status: 503, message: 'server busy, please try again' } },
      { toolCalls: [{ name: 'weather', arguments: '{"city":' }] },
      { text: 'x', finishReason: 'length' },
    ),
  });
  await expect(setup.client.chat(ask)).rejects.toMatchObject({ status_code: 503, error: /busy/ });
  await expect(setup.client.chat(ask)).rejects.toThrow(/error parsing tool call: raw='{"city":'/);
  expect((await setup.client.chat(ask)).done_reason).toBe('length');
});

test('cuts, garbles, ends and stalls a stream after the pieces of the script', async () => {
  const text = ['one', 'two', 'three'];
  await using setup = await start({
    script: sequence(
      { text, fault: { kind: 'cut', afterPieces: 2 } },
      { text, fault: { kind: 'malformed', afterPieces: 1 } },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'out of memory' } },
      { text, fault: { kind: 'unfinished', afterPieces: 2 } },
      { text, fault: { kind: 'reset' } },
      { text, fault: { kind: 'stall', afterPieces: 1 } },
    ),
  });
  const read = async () => {
    const pieces: string[] = [];
    try {
      for await (const { message } of await setup.client.chat({ ...ask, stream: true })) {
        pieces.push(message.content);
      }
    } catch (error) {
      return { pieces, error };
    }
    return { pieces };
  };
  const failed = expect.any(Error);
  expect(await read()).toMatchObject({ pieces: ['one', 'two'], error: failed });
  expect(await read()).toMatchObject({ pieces: ['one'], error: failed });
  expect(await read()).toMatchObject({
    pieces: ['one'],
    error: { message: expect.stringMatching('out of memory') },
  });
  expect(await read()).toMatchObject({ pieces: ['one', 'two'], error: failed });
  expect(await read()).toMatchObject({ pieces: [], error: failed });

  const stream = await setup.client.chat({ ...ask, stream: true });
  const lines = stream[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: { message: { content: 'one' } } });
  const stalled = lines.next();
  setup.client.abort();
  await expect(stalled).rejects.toThrow(/abort/);
  await (await setup.server.requestAt(5)).disconnected;
});

test('makes embeddings, lists models and tells what they can do', async () => {
  const models = [{ name: 'any', contextWindow: 4096, capabilities: ['completion', 'vision'] }, 'more'];
  await using setup = await start({ script: always({}), models });
  const { embeddings, prompt_eval_count } = await setup.client.embed({
    model: 'any',
    input: ['abc', 'abd e'],
  });
  expect(embeddings[0]).not.toEqual(embeddings[1]);
  expect(prompt_eval_count).toBe(3);
  expect((await setup.client.embed({ model: 'any', input: 'abc' })).embeddings).toEqual([embeddings[0]]);
  expect((await setup.client.list()).models.map(({ name }) => name)).toEqual(['any', 'more']);
  expect(await setup.client.show({ model: 'any' })).toMatchObject({
    capabilities: ['completion', 'vision'],
    model_info: { 'general.architecture': 'scripted', 'scripted.context_length': 4096 },
  });
});
