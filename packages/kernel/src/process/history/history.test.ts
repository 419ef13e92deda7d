// Replay, fork and revert of durable processes, on both databases.

import type { AiosError, Pid } from '@aios/protocol';
import { type Installation, installAgent } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../tool/index.ts';
import { type Boot, onBothDatabases, saidTo, startWalker, stop, tell } from './history.fixture.ts';

const notesOf = async ({ session }: Installation, pid: Pid) => {
  const { entries } = await session.call('process.logs', { pid, limit: 1000 });
  return entries.filter(({ text }) => text.startsWith('memory.add ok')).length;
};

/** Takes payments, and answers when it is told to. */
class Bank {
  readonly keys: (string | undefined)[] = [];
  isSilent = false;
  readonly begun = Promise.withResolvers<void>();
  readonly tool = defineTool({
    name: 'payments.pay',
    description: 'Pays.',
    input: z.object({ for: z.string() }),
    effect: 'external',
    idempotent: false,
    run: (_input, { idempotencyKey }) => {
      this.keys.push(idempotencyKey);
      this.begun.resolve();
      return this.isSilent ? new Promise(() => undefined) : { receipt: this.keys.length };
    },
  });
}

function replayTests(boot: Boot): void {
  test('a replay answers every call from the journal, makes none, and says where the journal ends', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation);
    for (const word of ['a', 'b']) await tell(installation, pid, word);
    const calls: string[] = [];
    const result = await session.call(
      'process.replay',
      { pid },
      { onChunk: ({ call, name, outcome }) => calls.push(`${call} ${name} ${outcome}`) },
    );
    expect(result).toEqual({
      pid,
      outcome: 'same',
      calls: 10,
      next: { call: 11, name: 'message.receive', outcome: 'open' },
    });
    expect(calls).toHaveLength(11);
    expect(calls.slice(0, 3)).toEqual([
      '1 message.receive answered',
      '2 context.append answered',
      '3 memory.add answered',
    ]);
    expect(await notesOf(installation, pid)).toBe(2);
    expect(await saidTo(session, pid)).toEqual(['a', 'b']);
    expect(await stop(installation, pid)).toEqual(['a', 'b']);
    expect(await session.call('process.replay', { pid })).toMatchObject({
      outcome: 'same',
      calls: 11,
      output: ['a', 'b'],
    });
  });

  test('a replay of changed code names the first call that differs, or the end that does', async () => {
    await using installation = await boot();
    const { session, home } = installation;
    const agent = (body: string) => `import { defineAgent } from '@aios/sdk';
      export default defineAgent({ name: 'noter', permissions: ['*'], async run(_input, aios) { ${body} } });`;
    const add = (text: string) => `await aios.memory.add({ content: '${text}' });`;
    await installAgent(home, 'noter', agent(`${add('one')}${add('two')} return 2;`));
    const { pid } = await session.call('process.spawn', { agent: 'noter', durable: true });
    await session.call('process.wait', { pid });
    const replayed = async (body: string) => {
      await installAgent(home, 'noter', agent(body));
      return await session.call('process.replay', { pid });
    };
    expect(await replayed(`${add('one')}${add('2')} return 2;`)).toMatchObject({
      outcome: 'differs',
      calls: 1,
      difference: expect.stringContaining('call 2 is memory.add with another value of content than before'),
    });
    expect(await replayed(`${add('one')} return 2;`)).toMatchObject({
      outcome: 'differs',
      difference: expect.stringContaining('ended without its call 2'),
    });
    expect(await replayed(`${add('one')}${add('two')}${add('three')} return 2;`)).toMatchObject({
      outcome: 'differs',
      next: { call: 3, name: 'memory.add' },
    });
    expect(await replayed(`${add('one')}${add('two')} return 3;`)).toMatchObject({
      outcome: 'differs',
      difference: 'the code returns another output than before',
    });
    expect(await replayed(`${add('one')}${add('two')} throw new Error('no');`)).toMatchObject({
      outcome: 'differs',
      difference: 'the code fails: no',
    });
    expect(await replayed(`${add('one')}${add('two')} return 2;`)).toMatchObject({
      outcome: 'same',
      calls: 2,
    });
  }, 120_000);

  test('a fork has the past of the other, nothing of it is done again, and both go their own ways', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation);
    for (const word of ['a', 'b']) await tell(installation, pid, word);
    const whole = await session.call('process.fork', { pid });
    const early = await session.call('process.fork', { pid, at: 5 });
    expect([whole.call, early.call]).toEqual([10, 5]);
    await tell(installation, pid, 'c');
    await tell(installation, whole.pid, 'd');
    await tell(installation, early.pid, 'e');
    expect(await saidTo(session, pid)).toEqual(['a', 'b', 'c']);
    expect(await saidTo(session, whole.pid)).toEqual(['a', 'b', 'd']);
    expect(await saidTo(session, early.pid)).toEqual(['a', 'e']);
    await installation.reboot();
    expect(await stop(installation, pid)).toEqual(['a', 'b', 'c']);
    expect(await stop(installation, whole.pid)).toEqual(['a', 'b', 'd']);
    const { pid: late } = await installation.session.call('process.fork', { pid: whole.pid, at: 15 });
    await tell(installation, late, 'f');
    expect(await stop(installation, late)).toEqual(['a', 'b', 'd', 'f']);
    expect(await stop(installation, early.pid)).toEqual(['a', 'e']);
    const logs = await Promise.all([pid, whole.pid, early.pid].map((each) => notesOf(installation, each)));
    expect(logs).toEqual([3, 1, 1]);
  });

  test('a process that was taken back goes on from there with its conversation, over restarts, again and again', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation, { child: true });
    for (const word of ['a', 'b', 'c']) await tell(installation, pid, word);
    const children = async (of: Installation) =>
      (await of.session.call('process.list', {})).processes
        .filter(({ parent, endedAt }) => parent === pid && endedAt === undefined)
        .map((child) => child.pid)
        .sort((left, right) => left - right);
    const before = await children(installation);
    expect(before).toHaveLength(3);
    const reverted = await session.call('process.revert', { pid, call: 6 });
    expect(reverted).toEqual({ pid, call: 6, takenBack: 12, killed: before.slice(1) });
    expect(await children(installation)).toEqual(before.slice(0, 1));
    expect(await saidTo(session, pid)).toEqual(['a']);
    await tell(installation, pid, 'd');
    await installation.reboot();
    await tell(installation, pid, 'e');
    expect(await saidTo(installation.session, pid)).toEqual(['a', 'd', 'e']);
    await installation.session.call('process.revert', { pid, call: 12 });
    await tell(installation, pid, 'f');
    expect(await saidTo(installation.session, pid)).toEqual(['a', 'd', 'f']);
    await installation.session.call('process.revert', { pid, call: 0 });
    await installation.reboot();
    expect(await saidTo(installation.session, pid).catch((error: AiosError) => error.code)).toEqual([]);
    await tell(installation, pid, 'g');
    expect(await installation.session.call('process.replay', { pid })).toMatchObject({
      outcome: 'same',
      calls: 6,
    });
    expect(await stop(installation, pid)).toEqual(['g']);
    // What was used stays used: of three steps of six calls, and of four more, and the stop.
    expect((await installation.session.call('process.get', { pid })).used.calls).toBe(3 * 6 + 4 * 6 + 1);
  });

  test('a process goes back to its checkpoints, its own and those of others, where they still count', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation);
    await tell(installation, pid, 'a');
    const { id } = await session.call('context.checkpoint', { pid });
    for (const word of ['b', 'c']) await tell(installation, pid, word);
    const { id: late } = await session.call('context.checkpoint', { pid });
    expect(await session.call('process.revert', { pid, checkpoint: id })).toMatchObject({
      call: 5,
      takenBack: 10,
    });
    await tell(installation, pid, 'd');
    expect(await saidTo(session, pid)).toEqual(['a', 'd']);
    await expect(session.call('process.revert', { pid, checkpoint: late })).rejects.toThrow(
      'counts no longer',
    );
    const other = await startWalker(installation);
    await expect(session.call('process.revert', { pid: other, checkpoint: id })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await stop(installation, pid)).toEqual(['a', 'd']);
  });

  test('an effect after a revert is another effect; a fork of one that is under way does not make it again', async () => {
    const bank = new Bank();
    await using installation = await boot({ tools: [bank.tool] });
    const { session } = installation;
    const pid = await startWalker(installation, { pay: true });
    await tell(installation, pid, 'a');
    await session.call('process.revert', { pid, call: 0 });
    await tell(installation, pid, 'a');
    expect(new Set(bank.keys).size).toBe(2);
    const { effects } = await session.call('effect.list', { pid });
    expect(effects.map(({ id }) => id).sort()).toEqual([`${pid}:6`, `${pid}:6#2`]);

    bank.isSilent = true;
    const silent = new Bank();
    Object.assign(bank, { begun: silent.begun });
    await session.call('message.send', { to: `${pid}`, content: 'b' });
    await silent.begun.promise;
    const fork = await session.call('process.fork', { pid });
    const unknown = Promise.withResolvers<void>();
    using _subscription = installation.kernel.events.subscribe((event) => {
      if (event.type === 'process-changed' && event.pid === fork.pid && event.cause.includes('is unknown'))
        unknown.resolve();
    });
    const { processes } = await session.call('process.list', { states: ['waiting'] });
    if (!processes.some((process) => process.pid === fork.pid)) await unknown.promise;
    expect(bank.keys).toHaveLength(3);
    const copied = await session.call('effect.list', { pid: fork.pid });
    expect(copied.effects).toMatchObject([{ id: `${fork.pid}:12`, state: 'unknown' }]);
    await session.call('process.kill', { pid });
    await session.call('process.kill', { pid: fork.pid });
  });

  test('what has no past, or no future, is refused and told of', async () => {
    await using installation = await boot();
    const { session } = installation;
    const { pid: ordinary } = await session.call('process.spawn', { agent: 'sleeper' });
    await expect(session.call('process.replay', { pid: ordinary })).rejects.toThrow('has no journal');
    const pid = await startWalker(installation);
    await tell(installation, pid, 'a');
    await expect(session.call('process.revert', { pid, call: 6 })).rejects.toMatchObject({
      code: 'not_found',
    });
    const own = installation.kernel.open(installation.token, { pid });
    await expect(own.call('process.revert', { pid, call: 0 })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(await stop(installation, pid)).toEqual(['a']);
    await expect(session.call('process.revert', { pid, call: 0 })).rejects.toThrow(
      `aios fork ${pid} --at CALL`,
    );
  });
}

await onBothDatabases(replayTests);
