import { agentDefinitionMarker, agentManifest, type SyscallChannel } from '@aios/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from './agent.ts';

const channel: SyscallChannel = {
  call: () => Promise.reject(new Error('this test makes no system call')),
};
const { signal } = new AbortController();

const doubler = defineAgent({
  name: 'doubler',
  description: 'Doubles',
  runtime: 'inline',
  input: z.object({ value: z.number(), times: z.number().default(2) }),
  output: z.object({ result: z.number() }),
  permissions: ['storage.read:/docs/**'],
  budget: { calls: 3 },
  run: async ({ value, times }) => ({ result: value * times }),
});

test('the manifest is what protocol asks for, with schemas that hold the defaults', () => {
  const manifest = agentManifest.parse(doubler.manifest);
  expect(doubler[agentDefinitionMarker]).toBe(true);
  expect(manifest).toMatchObject({ name: 'doubler', runtime: 'inline', budget: { calls: 3 } });
  expect(manifest.inputSchema).toMatchObject({
    type: 'object',
    properties: { value: { type: 'number' }, times: { type: 'number', default: 2 } },
    required: ['value'],
  });
  expect(manifest.outputSchema).toMatchObject({ properties: { result: { type: 'number' } } });
});

test('run gets the parsed input; its output comes back', async () => {
  expect(await doubler.start({ value: 4 }, channel, signal)).toEqual({ result: 8 });
});

test('a wrong input is refused with the path of the field', async () => {
  await expect(doubler.start({ value: 'four' }, channel, signal)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('input.value'),
  });
});

test('an output other than declared is the agent’s fault and says where', async () => {
  const broken = defineAgent({
    name: 'broken',
    output: z.object({ result: z.number() }),
    permissions: [],
    run: async () => JSON.parse('{"result":"one"}'),
  });
  await expect(broken.start(null, channel, signal)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('output.result'),
  });
});

test('without schemas any JSON goes in and out; nothing returned is null', async () => {
  const echo = defineAgent({ name: 'echo', permissions: [], run: async (input) => input });
  expect(await echo.start({ a: [1, null] }, channel, signal)).toEqual({ a: [1, null] });
  const silent = defineAgent({
    name: 'silent',
    output: z.any(),
    permissions: [],
    run: async () => undefined,
  });
  expect(await silent.start(null, channel, signal)).toBe(null);
});

test('the signal of the process reaches run', async () => {
  const controller = new AbortController();
  const waiting = defineAgent({
    name: 'waiting',
    permissions: [],
    run: (_input, _aios, context) =>
      new Promise((resolve) => context.signal.addEventListener('abort', () => resolve('stopped'))),
  });
  const run = waiting.start(null, channel, controller.signal);
  controller.abort();
  expect(await run).toBe('stopped');
});

test('a malformed name or permission is refused when the agent is defined', () => {
  const run = async () => null;
  expect(() => defineAgent({ name: 'No Spaces', permissions: [], run })).toThrow(/manifest\.name/);
  expect(() => defineAgent({ name: 'a', permissions: ['read everything'], run })).toThrow(
    /manifest\.permissions/,
  );
});
