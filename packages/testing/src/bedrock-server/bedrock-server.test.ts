import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence, structured } from '../scripted-model/index.ts';
import type { WireServerOptions } from '../wire-server/index.ts';
import { startBedrockServer } from './server.ts';

// Proven with Amazon’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: WireServerOptions, token = options.key ?? 'none') {
  const server = await startBedrockServer(options);
  const client = new BedrockRuntimeClient({
    endpoint: server.baseUrl,
    region: 'us-east-1',
    token: { token },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    // The client’s own is HTTP/2, which the server does not speak.
    requestHandler: new NodeHttpHandler(),
  });
  const converse = (input: Partial<ConverseCommandInput> = {}) =>
    client.send(new ConverseCommand({ ...ask, ...input }));
  const stream = async (input: Partial<ConverseCommandInput> = {}) => {
    const { stream: events = [] } = await client.send(new ConverseStreamCommand({ ...ask, ...input }));
    return Array.fromAsync<ConverseStreamOutput>(events);
  };
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { server, client, converse, stream, [Symbol.asyncDispose]: close };
}

const hello = { role: 'user' as const, content: [{ text: 'hello there' }] };
const ask = { modelId: 'amazon.nova-lite-v1:0', messages: [hello] };
const weather = { toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } };
const toolConfig = { tools: [weather] };

const full: ScriptedTurn = {
  reasoning: 'Let me think',
  reasoningSignature: 'signed',
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 }, pieces: 4 },
    { name: 'weather', arguments: {} },
  ],
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, cacheWriteTokens: 30 },
};
const usage = {
  inputTokens: 10,
  outputTokens: 20,
  totalTokens: 120,
  cacheReadInputTokens: 60,
  cacheWriteInputTokens: 30,
};

test('a whole reply has thoughts, text, parallel tool calls and usage', async () => {
  await using setup = await start({ script: always(full), key: 'secret' });
  const reply = await setup.converse({ toolConfig });
  expect(reply.output?.message?.content).toEqual([
    { reasoningContent: { reasoningText: { text: 'Let me think', signature: 'signed' } } },
    { text: 'Good day' },
    { toolUse: { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Bern', days: 3 } } },
    { toolUse: { toolUseId: 'tooluse_2', name: 'weather', input: {} } },
  ]);
  expect(reply).toMatchObject({ stopReason: 'tool_use', usage });
});

test('a stream says the same in pieces', async () => {
  await using setup = await start({ script: always(full) });
  const events = await setup.stream({ toolConfig });
  expect(events[0]).toEqual({ messageStart: { role: 'assistant' } });
  const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta ?? []);
  const inBlock = (index: number) =>
    deltas.flatMap(({ contentBlockIndex, delta }) => (contentBlockIndex === index && delta ? [delta] : []));
  expect(inBlock(0).map(({ reasoningContent }) => reasoningContent)).toEqual([
    { text: 'Let' },
    { text: ' me' },
    { text: ' think' },
    { signature: 'signed' },
  ]);
  expect(inBlock(1)).toEqual([{ text: 'Good' }, { text: ' day' }]);
  const input = inBlock(2).map(({ toolUse }) => toolUse?.input ?? '');
  expect(input).toHaveLength(5);
  expect(JSON.parse(input.join(''))).toEqual({ city: 'Bern', days: 3 });
  const starts = events.flatMap(({ contentBlockStart }) => contentBlockStart ?? []);
  expect(starts).toMatchObject([
    { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'tooluse_1', name: 'weather' } } },
    { contentBlockIndex: 3, start: { toolUse: { toolUseId: 'tooluse_2', name: 'weather' } } },
  ]);
  expect(events.filter(({ contentBlockStop }) => contentBlockStop)).toHaveLength(4);
  expect(events.slice(-2)).toMatchObject([
    { messageStop: { stopReason: 'tool_use' } },
    { metadata: { usage } },
  ]);
});

test.each([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['content_filter', 'content_filtered'],
])('the reason %s is %s', async (finishReason, stopReason) => {
  await using setup = await start({ script: always({ text: 'ok', finishReason }) });
  expect((await setup.converse()).stopReason).toBe(stopReason);
});

test('the script sees the system, images, results, tools and the forced tool', async () => {
  const seen: unknown[] = [];
  const script = structured({ city: 'Bern' });
  await using setup = await start({
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const calls = {
    role: 'assistant' as const,
    content: [{ toolUse: { toolUseId: '1', name: 'weather', input: {} } }],
  };
  const result = { toolResult: { toolUseId: '1', content: [{ text: 'sunny' }] } };
  const image = { image: { format: 'png' as const, source: { bytes: Buffer.from('dot') } } };
  const messages = [hello, calls, { role: 'user' as const, content: [result, { text: 'And this?' }, image] }];
  const reply = await setup.converse({
    system: [{ text: 'Be short.' }],
    messages,
    toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'weather' } } },
  });
  expect(reply.output?.message?.content?.[0]?.toolUse?.input).toEqual({ city: 'Bern' });
  expect(seen).toEqual([
    {
      model: 'amazon.nova-lite-v1:0',
      messages: [
        { role: 'system', text: 'Be short.' },
        { role: 'user', text: 'hello there' },
        { role: 'assistant', text: '' },
        { role: 'tool', text: 'sunny' },
        { role: 'user', text: 'And this?', images: [{ data: 'ZG90', mediaType: 'image/png' }] },
      ],
      tools: ['weather'],
      toolChoice: { name: 'weather' },
      stream: false,
    },
  ]);
});

test.each([
  [400, 'ValidationException'],
  [403, 'AccessDeniedException'],
  [404, 'ResourceNotFoundException'],
  [424, 'ModelErrorException'],
  [429, 'ThrottlingException'],
  [500, 'InternalServerException'],
  [503, 'ServiceUnavailableException'],
])('HTTP %i is the client’s %s', async (status, name) => {
  await using setup = await start({
    script: always({ fault: { kind: 'status', status, message: 'because' } }),
  });
  await expect(setup.converse()).rejects.toMatchObject({ name, message: 'because' });
  await expect(setup.stream()).rejects.toMatchObject({ name, message: 'because' });
});

test.each([
  [undefined, 'InternalServerException'],
  [424, 'ModelStreamErrorException'],
  [429, 'ThrottlingException'],
])('an error in the middle of a stream (%s) is the client’s %s', async (status, name) => {
  const fault = { kind: 'error' as const, afterPieces: 1, message: 'broken', ...(status && { status }) };
  await using setup = await start({ script: always({ text: 'one two three', fault }) });
  await expect(setup.stream()).rejects.toMatchObject({ name, message: 'broken' });
});

test('a wrong key and an unknown model are refused', async () => {
  await using other = await start({ script: always({ text: 'x' }), key: 'secret' }, 'wrong');
  await expect(other.converse()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await using setup = await start({ script: always({ text: 'x' }), models: ['known'] });
  await expect(setup.converse()).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'The provided model identifier is invalid.',
  });
});

test('a request that Bedrock would refuse is refused', async () => {
  await using setup = await start({ script: always({ text: 'x' }) });
  const refusals: [Partial<ConverseCommandInput>, RegExp][] = [
    [{ messages: [{ role: 'assistant', content: [{ text: 'Hi' }] }] }, /must start with a user message/],
    [{ messages: [hello, hello] }, /must alternate/],
    [{ messages: [{ role: 'user', content: [{ text: ' ' }] }] }, /is blank/],
    [{ inferenceConfig: { temperature: 1.5 } }, /inferenceConfig.temperature/],
    [{ toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'other' } } } }, /not among the tools/],
    [
      {
        messages: [
          hello,
          { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'weather', input: {} } }] },
          hello,
        ],
        toolConfig,
      },
      /Expected toolResult blocks at messages.2.content for the following Ids: 1/,
    ],
  ];
  for (const [input, message] of refusals) {
    await expect(setup.converse(input)).rejects.toMatchObject({ name: 'ValidationException', message });
  }
});

test('signed thoughts are wanted back unchanged with their tool call', async () => {
  const call = { name: 'weather', arguments: {} };
  const script = sequence(
    { reasoning: 'Hm', reasoningSignature: 'signed', toolCalls: [call] },
    { text: 'sunny' },
    { text: 'sunny' },
  );
  await using setup = await start({ script });
  const message = (await setup.converse({ toolConfig })).output?.message;
  const result = {
    role: 'user' as const,
    content: [{ toolResult: { toolUseId: 'tooluse_1', content: [{ text: 'sunny' }] } }],
  };
  const back = (content = message?.content) => ({
    messages: [hello, { role: 'assistant' as const, content }, result],
    toolConfig,
  });
  expect((await setup.converse(back())).stopReason).toBe('end_turn');
  await expect(setup.converse(back(message?.content?.slice(1)))).rejects.toThrow(/Expected `thinking`/);
});

test('a stream that is cut fails, one that stalls can be left', async () => {
  await using cut = await start({
    script: always({ text: 'one two', fault: { kind: 'cut', afterPieces: 1 } }),
  });
  await expect(cut.stream()).rejects.toThrow();
  await using stalled = await start({
    script: always({ text: 'one two', fault: { kind: 'stall', afterPieces: 1 } }),
  });
  const controller = new AbortController();
  const { stream = [] } = await stalled.client.send(new ConverseStreamCommand(ask), {
    abortSignal: controller.signal,
  });
  const read = async () => {
    for await (const event of stream) if (event.contentBlockDelta) break;
  };
  await read();
  controller.abort();
  await (await stalled.server.requestAt(0)).disconnected;
});

test('Titan makes an embedding of a text', async () => {
  await using setup = await start({ script: always({}) });
  const invoke = async (body: object) => {
    const command = new InvokeModelCommand({
      modelId: 'amazon.titan-embed-text-v2:0',
      body: JSON.stringify(body),
    });
    return JSON.parse((await setup.client.send(command)).body.transformToString());
  };
  const made = await invoke({ inputText: 'a queue' });
  expect(made).toMatchObject({ embedding: expect.any(Array), inputTextTokenCount: 2 });
  expect(await invoke({ inputText: 'a queue' })).toEqual(made);
  await expect(invoke({})).rejects.toMatchObject({ name: 'ValidationException' });
});

test('lists its models as Amazon does', async () => {
  await using server = await startBedrockServer({ script: always({}), key: 'secret', models: ['known'] });
  const headers = { authorization: 'Bearer secret' };
  const response = await fetch(`${server.baseUrl}/foundation-models`, { headers });
  expect(await response.json()).toMatchObject({ modelSummaries: [{ modelId: 'known' }] });
});

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'a/session+token==',
  region: 'eu-central-1',
};

/** Amazon’s client, which signs its requests. */
async function startSigned(used: Partial<typeof credentials> = {}) {
  const { region, ...keys } = { ...credentials, ...used };
  const server = await startBedrockServer({ script: always({ text: 'signed' }), credentials });
  const client = new BedrockRuntimeClient({
    endpoint: server.baseUrl,
    region,
    credentials: keys,
    authSchemePreference: ['sigv4'],
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { client, [Symbol.asyncDispose]: close };
}

test('a request that Amazon’s client signed is let in, also for a model with signs in its name', async () => {
  await using signed = await startSigned();
  const modelId = 'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-v2:1';
  const { output } = await signed.client.send(new ConverseCommand({ ...ask, modelId }));
  expect(output?.message?.content).toEqual([{ text: 'signed' }]);
});

test.each([
  ['another secret', { secretAccessKey: 'another' }, /signature we calculated does not match/],
  ['another id', { accessKeyId: 'AKIDOTHER' }, /security token/],
  ['another session', { sessionToken: 'other' }, /security token/],
  ['another region', { region: 'us-east-1' }, /scoped to region eu-central-1/],
])('a request signed with %s is refused', async (_name, used, message) => {
  await using signed = await startSigned(used);
  await expect(signed.client.send(new ConverseCommand(ask))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    message: expect.stringMatching(message),
  });
});
