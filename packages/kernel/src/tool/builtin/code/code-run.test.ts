import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../config/index.ts';
import { createSandbox, type Sandbox } from '../../../sandbox/index.ts';
import { sandboxOfMachine } from '../../../sandbox/sandbox.fixture.ts';
import { type CallOptions, callTool, errorOf } from '../../tool.fixture.ts';
import { createTools } from '../../tools.ts';

const logger = pino({ level: 'silent' });
const real = createSandbox({ logger });
const found = await sandboxOfMachine();

function toolsWith(sandbox: Sandbox, settings: Record<string, unknown> = {}) {
  const config = configSchema.parse({ sandbox: settings });
  return createTools({ config: () => config, logger, sandbox });
}

describe.skipIf(found === undefined)('in a sandbox', () => {
  const run = (given: Record<string, unknown>, options: CallOptions = {}, settings = {}) =>
    callTool(toolsWith(real, settings), 'code.run', given as never, options);

  test.each([
    ['python', 'import sys; print(sys.stdin.read().upper()); sys.exit(3)'],
    [
      'javascript',
      'process.stdin.on("data", (text) => console.log(String(text).toUpperCase())); process.exitCode = 3',
    ],
    [
      'javascript',
      'import { text } from "node:stream/consumers"; console.log((await text(process.stdin)).toUpperCase()); process.exit(3)',
    ],
    ['shell', 'tr a-z A-Z; echo; exit 3'],
  ])('a program in %s reads, writes and says how it ended', async (language, code) => {
    expect(await run({ language, code, stdin: 'hello' })).toMatchObject({
      exitCode: 3,
      stdout: 'HELLO\n',
      stderr: '',
    });
  });

  test('files come in from the storage and go out to it, by calls of the caller', async () => {
    const calls: [string, unknown][] = [];
    const invoke = async (name: string, input: unknown) => {
      calls.push([name, input]);
      if (name === 'storage.read') return { content: Buffer.from([0, 255, 10]).toString('base64') };
      return { path: (input as { path: string }).path, version: 1, sizeBytes: 3 };
    };
    const code = `
import os
data = open('data.bin', 'rb').read()
os.makedirs('out/deep')
open('out/deep/copy.bin', 'wb').write(data)
os.symlink('/etc/passwd', 'out/link')
open('kept-nowhere', 'w').write('x')
`;
    const result = await run(
      { language: 'python', code, files: ['/in/data.bin'], save: '/results' },
      { invoke },
    );
    expect(result).toMatchObject({
      exitCode: 0,
      files: [{ path: '/results/deep/copy.bin', version: 1, sizeBytes: 3 }],
    });
    expect(calls).toEqual([
      ['storage.read', { path: '/in/data.bin', encoding: 'base64' }],
      ['storage.write', { path: '/results/deep/copy.bin', content: 'AP8K', encoding: 'base64' }],
    ]);
  });

  test('a file that may not be read stops the call before anything runs', async () => {
    const invoke = () => Promise.reject(new Error('not granted'));
    const call = run({ language: 'shell', code: 'true', files: ['/secret'] }, { invoke });
    await expect(call).rejects.toThrow('not granted');
  });

  test('limits end a program and are told', async () => {
    const forever = { language: 'shell', code: 'echo begun; sleep 60' };
    const timed = await run({ ...forever, timeoutMs: 500 });
    expect(timed).toMatchObject({
      exitCode: 137,
      stdout: 'begun\n',
      stopped: expect.stringContaining('longer'),
    });
    expect(await run(forever, {}, { time_ms: 400 })).toMatchObject({
      stopped: expect.stringContaining('longer'),
    });
    const loud = await run({ language: 'shell', code: 'yes' }, {}, { output_bytes: 1000 });
    expect(loud).toMatchObject({ stdout: 'y\n'.repeat(500), stopped: expect.stringContaining('cut') });
  });

  test('a cancelled call leaves nothing running', async () => {
    const controller = new AbortController();
    const call = run({ language: 'shell', code: 'sleep 60' }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test('two files of one name are refused', async () => {
    const error = await errorOf(run({ language: 'shell', code: 'true', files: ['/a/x', '/b/x'] }));
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('"x"') });
  });
});

test('without a sandbox nothing runs, and the error says what to do', async () => {
  const { check } = createSandbox({ logger, folders: ['/nowhere'] });
  const error = await errorOf(check());
  expect(error).toMatchObject({
    code: 'failed_precondition',
    disposition: 'operator',
    message: expect.stringMatching(/bwrap is missing.*apt install bubblewrap.*Nothing was run/),
  });
  const without = toolsWith(createSandbox({ logger, folders: ['/nowhere'] }));
  const call = callTool(without, 'code.run', { language: 'shell', code: 'echo ran' });
  expect((await errorOf(call)).message).toContain('Nothing was run');
});
