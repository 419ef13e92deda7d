// The same cases against each runtime: what an agent can rely on does not depend on where it runs.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Pid, RuntimeName } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { findPython } from '@aios/testing/python';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxOfMachine } from '../../sandbox/sandbox.fixture.ts';
import { agentNamed, TestHost } from './remote/host.fixture.ts';

interface Place {
  readonly runtime: RuntimeName;
  /** Name of the agent that does what its input says. */
  readonly agent: string;
  /** Whether an agent has a program of its own, which it can break. */
  readonly hasOwnProgram: boolean;
  /** Whether it can leave a file where the next program of its process finds it. */
  readonly keepsFiles: boolean;
  /** Whether code that never yields can be stopped. */
  readonly survivesSpinning: boolean;
}

const pythonPlaces: readonly Place[] = [
  {
    runtime: 'python',
    agent: 'python-subject',
    hasOwnProgram: true,
    keepsFiles: true,
    survivesSpinning: true,
  },
  {
    runtime: 'python',
    agent: 'async-python-subject',
    hasOwnProgram: true,
    keepsFiles: true,
    survivesSpinning: true,
  },
];
const python = realComponent('Python', await findPython(), 'Install Python 3.10 or newer.');

const sandboxPlaces: readonly Place[] = [
  { runtime: 'sandbox', agent: 'subject', hasOwnProgram: true, keepsFiles: false, survivesSpinning: true },
];
const sandbox = await sandboxOfMachine();

const places: readonly Place[] = [
  { runtime: 'inline', agent: 'subject', hasOwnProgram: false, keepsFiles: true, survivesSpinning: false },
  { runtime: 'worker', agent: 'subject', hasOwnProgram: false, keepsFiles: true, survivesSpinning: true },
  { runtime: 'process', agent: 'subject', hasOwnProgram: true, keepsFiles: true, survivesSpinning: true },
  {
    runtime: 'remote',
    agent: 'remote-subject',
    hasOwnProgram: false,
    keepsFiles: true,
    survivesSpinning: false,
  },
  ...(python === undefined ? [] : pythonPlaces),
  ...(sandbox === undefined ? [] : sandboxPlaces),
];

const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  max_heap_bytes: 64000000
`;

const subjectFile = join(import.meta.dirname, '../../../../testing/agents/subject/agent.ts');

let installation: Installation;
let host: TestHost;
beforeAll(async () => {
  installation = await bootInstallation({ config, env: { AIOS_PYTHON: python } });
  host = new TestHost([await agentNamed('remote-subject', subjectFile)]);
  await host.connect(installation.kernel, installation.token);
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

const session = () => installation.session;

/** Resolves with the line of a process’s log that holds the text, once it is there. */
async function logged(pid: Pid, text: string): Promise<string> {
  const controller = new AbortController();
  let line = '';
  const found = session().call(
    'process.logs',
    { pid, follow: true },
    {
      signal: controller.signal,
      onChunk: (entry) => {
        if (!entry.text.includes(text)) return;
        line = entry.text;
        controller.abort(new Error('found'));
      },
    },
  );
  await expect(found).rejects.toThrow('found');
  return line;
}

const wait = (pid: Pid) => session().call('process.wait', { pid, timeoutMs: 15_000 });

describe.each(places)(
  '$runtime ($agent)',
  ({ runtime, agent, hasOwnProgram, keepsFiles, survivesSpinning }) => {
    const spawn = async (
      input: Record<string, unknown>,
      options: Record<string, unknown> = {},
    ): Promise<Pid> =>
      (await session().call('process.spawn', { agent, runtime, input: input as never, ...options })).pid;
    const run = async (input: Record<string, unknown>, options?: Record<string, unknown>) =>
      await wait(await spawn(input, options));

    test('gives what the agent returns', async () => {
      const value = { words: ['wörld', '\u2028', '𝄞', ''], number: 0.1, nothing: null, list: [[], {}] };
      const ended = await run({ do: 'echo', value });
      expect(ended).toMatchObject({ state: 'succeeded', exit: 'success', runtime, output: value });
    });

    test('an error of the agent is the end of its process', async () => {
      const ended = await run({ do: 'throw' });
      expect(ended).toMatchObject({ state: 'failed', exit: 'failed' });
      expect(ended.error?.detail).toContain('the agent failed on purpose');
      expect(await run({ do: 'ask' })).toMatchObject({
        exit: 'needs_input',
        error: { detail: expect.stringContaining('Which account?') },
      });
    });

    test('answers system calls, in order, with outputs and errors', async () => {
      const calls = [
        { name: 'tool.call', input: { name: 'calculator', arguments: { expression: '6*7' } } },
        { name: 'no.such', input: {} },
        { name: 'storage.read', input: { path: '/../x' } },
        { name: 'storage.read', input: { path: '/nowhere' } },
      ];
      const ended = await run({ do: 'call', calls });
      expect(ended.output).toMatchObject([
        { output: { result: { value: 42 } } },
        { code: 'not_found' },
        { code: 'invalid_argument', disposition: 'fix_input' },
        { code: 'not_found' },
      ]);
      const denied = await run({ do: 'call', calls: calls.slice(0, 1) }, { permissions: ['storage.read'] });
      expect(denied.output).toMatchObject([{ code: 'permission_denied' }]);
    });

    test('streams partial results', async () => {
      const { output } = await run({ do: 'stream' });
      const { text, content } = output as { text: string; content: string };
      expect(text).toBe(content);
      expect(text.length).toBeGreaterThan(0);
    });

    test('carries megabytes', async () => {
      const value = 'ünïcödé '.repeat(250_000);
      expect((await run({ do: 'echo', value })).output).toBe(value);
    });

    test('kill ends an agent that sleeps, at once', async () => {
      const pid = await spawn({ do: 'sleep' });
      await logged(pid, 'asleep');
      expect(await session().call('process.kill', { pid, reason: 'test' })).toMatchObject({
        state: 'killed',
        exit: 'killed',
        error: { code: 'cancelled', detail: 'Process killed: test' },
      });
      const { entries } = await session().call('process.logs', { pid });
      expect(entries.map(({ text }) => text)).not.toContain('putting things in order');
    });

    test('terminate lets the agent put things in order', async () => {
      const pid = await spawn({ do: 'sleep' });
      await logged(pid, 'asleep');
      await session().call('process.signal', { pid, signal: 'terminate' });
      expect(await wait(pid)).toMatchObject({ state: 'succeeded', output: 'in order' });
      await logged(pid, 'putting things in order');
    });

    test('a suspended agent makes no further call until it is resumed', async () => {
      const pid = await spawn({ do: 'hear' });
      await logged(pid, 'listening');
      await session().call('process.signal', { pid, signal: 'suspend' });
      await session().call('process.signal', { pid, signal: 'interrupt', message: 'while suspended' });
      expect((await session().call('process.get', { pid })).state).toBe('suspended');
      await session().call('process.signal', { pid, signal: 'resume' });
      expect(await wait(pid)).toMatchObject({ state: 'succeeded', output: ['while suspended'] });
    });

    test.each([false, true])('an interrupt reaches the agent (durable: %s)', async (durable) => {
      const pid = await spawn({ do: 'hear' }, { durable });
      await logged(pid, 'listening');
      await session().call('process.signal', { pid, signal: 'interrupt', message: { turn: 'left' } });
      expect(await wait(pid)).toMatchObject({ output: [{ turn: 'left' }] });
    });

    test('a durable agent goes on after a restart of the kernel, answered from its journal', async () => {
      const pid = await spawn({ do: 'remember', value: runtime }, { durable: true });
      await logged(pid, 'half way');
      host.cut();
      await installation.reboot();
      await host.connect(installation.kernel, installation.token);
      await session().call('message.send', { to: String(pid), content: 'go on' });
      const ended = await wait(pid);
      expect(ended).toMatchObject({ state: 'succeeded', output: { content: 'go on' } });
      const { entries } = await session().call('process.logs', { pid });
      const replayed = entries.filter(({ kind, text }) => kind === 'syscall' && text.includes('replayed'));
      expect(replayed.map(({ text }) => text.split(' ')[0])).toEqual([
        'time.now',
        'memory.add',
        'process.log',
      ]);
    });

    if (survivesSpinning)
      test('an agent that never yields stalls nobody and can be killed', async () => {
        const pid = await spawn({ do: 'spin' });
        await logged(pid, 'spinning');
        expect(await session().call('process.kill', { pid })).toMatchObject({ state: 'killed' });
        expect(await run({ do: 'echo', value: 1 })).toMatchObject({ state: 'succeeded' });
      });

    if (hasOwnProgram)
      describe('with a program of its own', () => {
        test('what it prints stands in its log, and it sees nothing of the kernel’s environment', async () => {
          process.env.AIOS_TEST_SECRET = 'not for agents';
          const ended = await run({ do: 'print', value: 'a líne' });
          delete process.env.AIOS_TEST_SECRET;
          expect(ended.output).toBe(null);
          const { entries } = await session().call('process.logs', { pid: ended.pid });
          expect(entries.filter(({ kind }) => kind.startsWith('std'))).toMatchObject([
            { kind: 'stdout', text: 'printed a líne' },
            { kind: 'stderr', text: 'printed an error' },
          ]);
        });

        if (keepsFiles)
          test('a durable agent whose program is killed goes on in another one, under a new fence', async () => {
            const pid = await spawn(
              { do: 'crash once', value: join(installation.home, agent) },
              { durable: true },
            );
            expect(await wait(pid)).toMatchObject({ state: 'succeeded', output: { same: true } });
            const { entries } = await session().call('process.logs', { pid });
            const calls = entries.filter(({ kind }) => kind === 'syscall').map(({ text }) => text);
            expect(calls.filter((text) => text.includes('replayed'))).toHaveLength(2);
            expect(calls.filter((text) => text.startsWith('memory.add ok'))).toHaveLength(2);
            expect(entries.map(({ text }) => text)).toContainEqual(expect.stringContaining('SIGKILL'));
            using database = new DatabaseSync(join(installation.home, 'aios.db'));
            expect(database.prepare('select fence from processes where pid = ?').get(pid)).toEqual({
              fence: 2,
            });
          });

        test('a durable agent that breaks its program each time is failed in the end', async () => {
          const ended = await run({ do: 'exit' }, { durable: true });
          expect(ended).toMatchObject({
            state: 'failed',
            error: { detail: expect.stringContaining('3 times') },
          });
        });

        test('an error that escapes the agent’s run ends the process with its message', async () => {
          const ended = await run({ do: 'throw later' });
          expect(ended).toMatchObject({
            state: 'failed',
            error: { detail: expect.stringContaining('thrown into nowhere') },
          });
        });

        test('an agent that ends its program, or fills its memory, harms itself alone', async () => {
          const beside = await spawn({ do: 'sleep' });
          const ended = await run({ do: 'exit' });
          expect(ended).toMatchObject({
            state: 'failed',
            error: { detail: expect.stringContaining('code 3') },
          });
          expect((await run({ do: 'exhaust' })).state).toBe('failed');
          expect((await session().call('process.get', { pid: beside })).state).toBe('running');
          await session().call('process.kill', { pid: beside });
        });
      });
  },
);
