import { type JsonValue, type Pid, pid as pidSchema } from '@aios/protocol';
import { eventually } from '@aios/testing/eventually';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../tool/index.ts';

/** A tool that answers when the test says so. */
function bell() {
  const asked = Promise.withResolvers<(answer: JsonValue) => void>();
  let rings = 0;
  const tool = defineTool({
    name: 'bell.ring',
    description: 'Rings.',
    input: z.object({}),
    effect: 'external',
    idempotent: false,
    run: () => {
      rings += 1;
      const answer = Promise.withResolvers<JsonValue>();
      asked.resolve(answer.resolve);
      return answer.promise;
    },
  });
  return { tool, asked: asked.promise, rings: () => rings };
}

const ring = { name: 'tool.call', input: { name: 'bell.ring', arguments: {} } };
const note = { name: 'blackboard.set', input: { key: 'noted', value: 1 } };

async function start({ session }: Installation, input: JsonValue, durable: boolean): Promise<Pid> {
  return (await session.call('process.spawn', { agent: 'caller', input, durable })).pid;
}

test('a drained kernel has no call under way, starts nothing, and its processes go on at the next boot', async () => {
  const { tool, asked, rings } = bell();
  await using installation = await bootInstallation({ tools: [tool] });
  const busy = await start(installation, { calls: [ring, note] }, true);
  const answer = await asked;
  const waits = { conditions: [{ kind: 'timer', afterMs: 86_400_000 }] };
  const waiting = await start(installation, { calls: [{ name: 'wait.any', input: waits }] }, true);
  await eventually(async () =>
    expect((await installation.session.call('process.get', { pid: waiting })).state).toBe('waiting'),
  );
  const drained = installation.session.call('kernel.drain', { deadlineMs: 15_000 });
  await eventually(() => expect(installation.kernel.state).toBe('draining'));
  await expect(start(installation, { calls: [] }, false)).rejects.toMatchObject({ code: 'unavailable' });
  answer({ rang: true });
  expect(await drained).toEqual({ atRest: [busy, waiting], ended: [], busy: [] });
  const noted = () => installation.session.call('blackboard.get', { key: 'noted' });
  expect((await noted()).version).toBe(0);

  await installation.reboot();
  const ended = await installation.session.call('process.wait', { pid: busy, timeoutMs: 15_000 });
  expect(ended).toMatchObject({ state: 'succeeded', output: [{ output: { result: { rang: true } } }, {}] });
  expect([rings(), (await noted()).version]).toEqual([1, 1]);
  expect((await installation.session.call('process.get', { pid: waiting })).state).toBe('waiting');
});

test('processes that are not durable get the time to end; those that take longer are named', async () => {
  await using installation = await bootInstallation();
  const { session } = installation;
  const { pid: forever } = await session.call('process.spawn', { agent: 'sleeper' });
  const naps = await start(installation, { calls: [{ name: 'time.sleep', input: { forMs: 200 } }] }, false);
  expect(await session.call('kernel.drain', { deadlineMs: 1500 })).toEqual({
    atRest: [],
    ended: [naps],
    busy: [forever],
  });
});

test('the kernel is drained by its operator alone', async () => {
  await using installation = await bootInstallation();
  const pid = await start(installation, { calls: [{ name: 'kernel.drain', input: {} }] }, false);
  const { output } = await installation.session.call('process.wait', { pid: pidSchema.parse(pid) });
  expect(output).toMatchObject([{ code: 'permission_denied' }]);
  expect(installation.kernel.state).toBe('ready');
});
