import type { JsonValue } from '@aios/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { configSchema } from '../../../config/index.ts';
import { createSandbox } from '../../../sandbox/index.ts';
import { callTool, errorOf } from '../../tool.fixture.ts';
import { createTools } from '../../tools.ts';

const logger = pino({ level: 'silent' });
const tools = createTools({
  config: () => configSchema.parse({}),
  logger,
  sandbox: createSandbox({ logger }),
});
const evaluate = (code: string, data?: JsonValue, signal?: AbortSignal) =>
  callTool(
    tools,
    'code.evaluate',
    { code, ...(data !== undefined && { data }) },
    { ...(signal && { signal }) },
  );

test.each([
  ['1 + 1', 2],
  ['data.filter((x) => x > 2).map((x) => x * 2)', [6, 8]],
  ['const half = (x) => x / 2; half(7)', 3.5],
  ['({ a: [null, "ü"], b: undefined })', { a: [null, 'ü'] }],
  ['undefined', null],
  ['() => 1', null],
  ['NaN', null],
  ['new Date(0).toISOString()', '1970-01-01T00:00:00.000Z'],
])('%s is %j', async (code, value) => {
  expect(await evaluate(code, [1, 2, 3, 4])).toEqual({ value });
});

test.each([
  ['process.env', /process.*not defined/],
  ['require("node:fs")', /require.*not defined/],
  ['import("node:fs")', undefined],
  ['fetch("http://127.0.0.1")', /fetch.*not defined/],
  ['constructor.constructor("return process")()', /process.*not defined/],
  ['throw new TypeError("mine")', /TypeError: mine/],
  ['throw "text"', /it threw text/],
  ['1 +', /SyntaxError/],
  ['(function f() { f(); })()', /stack/i],
  ['"x".repeat(1e9)', /./],
  ['const all = []; for (;;) all.push(new Uint8Array(1e6))', /memory/],
  ['const all = []; for (;;) all.push({})', /memory/],
  ['const a = {}; a.a = a; a', /circular/],
  ['10n', /BigInt/],
])('%s reaches nothing', async (code, message) => {
  if (message === undefined) return expect(await evaluate(code)).toEqual({ value: {} });
  expect(await errorOf(evaluate(code))).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(message),
  });
});

test('what an expression fills is bounded', async () => {
  await evaluate('1');
  const before = process.memoryUsage().rss;
  await errorOf(evaluate('const all = []; for (;;) all.push(new Uint8Array(1e5).fill(1))'));
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
});

test('nothing is left for the next one', async () => {
  await evaluate('globalThis.left = 1; Array.prototype.map = () => "broken"; 0');
  expect(await evaluate('[typeof left, [1].map((x) => x)]')).toEqual({ value: ['undefined', [1]] });
});

test.each(['for (;;);', '/^(a+)+$/.test("a".repeat(40) + "b")'])(
  '%s ends, and the next one is answered',
  async (code) => {
    const late = evaluate(code);
    const next = evaluate('2');
    expect((await errorOf(late)).code).toBe('deadline_exceeded');
    expect(await next).toEqual({ value: 2 });
  },
);

test('a call that is cancelled ends at once', async () => {
  const controller = new AbortController();
  const running = evaluate('for (;;);', undefined, controller.signal);
  const start = performance.now();
  controller.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  expect(performance.now() - start).toBeLessThan(900);
});
