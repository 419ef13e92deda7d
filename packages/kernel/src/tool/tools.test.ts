import { AiosError, syscalls } from '@aios/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../config/index.ts';
import { createSandbox } from '../sandbox/index.ts';
import { callerWith, callTool, contextWith, errorOf } from './tool.fixture.ts';
import { defineTool } from './tool.ts';
import { createTools } from './tools.ts';

const base = { description: 'd', effect: 'read', idempotent: true } as const;
const logger = pino({ level: 'silent' });
const options = { config: () => configSchema.parse({}), logger, sandbox: createSandbox({ logger }) };

function toolsWith(run: (given: object, context: { signal: AbortSignal }) => unknown) {
  const input = z.object({});
  return createTools({ ...options, tools: [defineTool({ ...base, name: 'mine', input, run })] });
}

test('only the tools that the caller may call are listed, with JSON Schemas', async () => {
  const { handlers } = createTools(options);
  const list = async (allowed: (name: string) => boolean) => {
    const context = contextWith({
      allows: (action, target) => action === 'tool.call' && allowed(target ?? ''),
    });
    const { tools } = await handlers['tool.list']
      .prepare({}, context.caller)
      .execute({ ...context, commit: () => Promise.reject(new Error('a list changes nothing')) });
    return syscalls['tool.list'].output.parse({ tools }).tools;
  };
  expect((await list(() => true)).map(({ name }) => name)).toEqual([
    'calculator',
    'code.evaluate',
    'code.run',
    'code.run-online',
    'context.page',
    'http.get',
    'memory.add',
    'memory.search',
    'storage.list',
    'storage.read',
    'storage.search',
    'storage.write',
    'time.now',
  ]);
  const [only, ...others] = await list((name) => name === 'calculator');
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    inputSchema: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
    effect: 'read',
    idempotent: true,
  });
});

test('an unknown tool is an error with the nearest names that the caller may call', () => {
  const { handlers } = createTools(options);
  const call = (name: string, allows = (_: string, _target?: string) => true) =>
    handlers['tool.call'].prepare({ name, arguments: {} }, callerWith(allows));
  expect(() => call('calcualtor')).toThrow('There is no tool "calcualtor". Did you mean calculator?');
  expect(() => call('calcualtor', () => false)).toThrow('tool.list shows which there are');
  expect(() => call('__proto__')).toThrow(/There is no tool/);
});

test('a tool is there until its registration is disposed of, and its name only once', async () => {
  const tools = createTools(options);
  const tool = defineTool({ ...base, name: 'owner/late', input: z.object({}), run: () => 'hello' });
  {
    using _registered = tools.register(tool);
    expect(await callTool(tools, 'owner/late')).toBe('hello');
    expect(() => tools.register(tool)).toThrow(/There is a tool "owner\/late" already/);
  }
  expect((await errorOf(callTool(tools, 'owner/late'))).code).toBe('not_found');
});

test.each(['', 'a b', '.a', 'a..b', 'a/', 'ä', 'x'.repeat(200)])('a tool cannot be called %j', (name) => {
  expect(() => defineTool({ ...base, name, input: z.object({}), run: () => null })).toThrow(
    /cannot be called/,
  );
});

test('wrong arguments are found before the call waits for its turn', () => {
  const { handlers } = createTools(options);
  expect(() => handlers['tool.call'].prepare({ name: 'calculator', arguments: {} }, callerWith())).toThrow(
    'Tool "calculator" cannot take these arguments: expression: is required.',
  );
});

test('the call has the effect of its tool', () => {
  const { handlers } = createTools(options);
  const effectOf = (name: string, given = {}) =>
    handlers['tool.call'].prepare({ name, arguments: given }, callerWith()).effect;
  expect(effectOf('time.now')).toBe('read');
  expect(effectOf('memory.add', { content: 'x' })).toBe('write');
});

test('a result becomes plain JSON', async () => {
  const tools = toolsWith(() => ({ at: new Date(0), nothing: undefined, list: [1] }));
  expect(await callTool(tools, 'mine')).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [1] });
  expect(
    await callTool(
      toolsWith(() => undefined),
      'mine',
    ),
  ).toBeNull();
});

test.each([
  ['a number too large for JSON', () => 10n],
  ['a function', () => () => 1],
  [
    'a circle',
    () => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    },
  ],
])('%s is no result', async (_, run) => {
  const error = await errorOf(callTool(toolsWith(run), 'mine'));
  expect(error).toMatchObject({
    code: 'internal',
    message: expect.stringContaining('Tool "mine" gave a result'),
  });
});

test('a result that is too large is refused with advice', async () => {
  expect(
    await callTool(
      toolsWith(() => 'é'.repeat(100_000)),
      'mine',
    ),
  ).toHaveLength(100_000);
  const error = await errorOf(
    callTool(
      toolsWith(() => 'é'.repeat(200_000)),
      'mine',
    ),
  );
  expect(error).toMatchObject({
    disposition: 'fix_input',
    message: expect.stringMatching(/gave 391 KB, and a result can have at most 256 KB\. Ask for less/),
  });
});

test('what a tool throws becomes an AiosError that names the tool', async () => {
  const ours = toolsWith(() => {
    throw new AiosError('not_found', 'No page.', { disposition: 'retry', details: { page: 3 } });
  });
  expect(await errorOf(callTool(ours, 'mine'))).toMatchObject({
    code: 'not_found',
    message: 'Tool "mine": No page.',
    disposition: 'retry',
    details: { page: 3, tool: 'mine' },
  });
  const other = toolsWith(async () => {
    throw new TypeError('oops');
  });
  expect(await errorOf(callTool(other, 'mine'))).toMatchObject({
    code: 'internal',
    message: 'Tool "mine": oops',
  });
});

test('a tool sees the signal of its call, and a cancelled call says so', async () => {
  const controller = new AbortController();
  const started = Promise.withResolvers<void>();
  const tools = toolsWith((_, { signal }) => {
    const cancelled = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => cancelled.reject(new Error('connection lost')));
    started.resolve();
    return cancelled.promise;
  });
  const call = errorOf(callTool(tools, 'mine', {}, { signal: controller.signal }));
  await started.promise;
  controller.abort(new AiosError('cancelled', 'The process was killed.'));
  expect(await call).toMatchObject({ code: 'cancelled', message: 'The process was killed.' });
});

test('system calls are made for the caller, with defaults filled in', async () => {
  const made: unknown[] = [];
  const invoke = async (name: string, input: unknown) => {
    made.push([name, input]);
    return { entries: [], truncated: false };
  };
  const tools = createTools(options);
  expect(await callTool(tools, 'storage.list', { limit: '5' }, { invoke })).toEqual({
    entries: [],
    truncated: false,
  });
  expect(made).toEqual([['storage.list', { path: '/', recursive: false, limit: 5 }]]);
});

test('a system call that is denied inside a tool stays denied', async () => {
  const invoke = async () => {
    throw new AiosError('permission_denied', 'storage.read:/secret was not granted.');
  };
  const error = await errorOf(
    callTool(createTools(options), 'storage.read', { path: '/secret' }, { invoke }),
  );
  expect(error).toMatchObject({
    code: 'permission_denied',
    message: 'Tool "storage.read": storage.read:/secret was not granted.',
  });
});
