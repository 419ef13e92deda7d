// Effects of durable processes on an outside world that keeps a ledger of its own, over restarts of the kernel, on both
// databases.

import { AiosError, type Pid } from '@aios/protocol';
import { databaseKinds } from '@aios/testing/databases';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool, type ToolDefinition } from '../../tool/index.ts';

const input = z.object({ amount: z.number() });

/** Somebody who takes payments. */
class Bank {
  readonly paid: { amount: number; key: string | undefined }[] = [];
  /** What the next payment ends with once it is made; made and answered when absent. */
  fails: ((bank: Bank) => unknown) | undefined;
  isReachable = true;

  tool(more: Partial<ToolDefinition<typeof input>> = {}) {
    return defineTool({
      name: 'payments.pay',
      description: 'Pays.',
      input,
      effect: 'external',
      idempotent: false,
      run: ({ amount }, { idempotencyKey }) => {
        if (!this.isReachable) throw new AiosError('unavailable', 'no connection');
        this.paid.push({ amount, key: idempotencyKey });
        const fails = this.fails;
        this.fails = undefined;
        return fails === undefined ? { receipt: this.paid.length } : fails(this);
      },
      ...more,
    });
  }

  has(key: string | undefined): boolean {
    return this.paid.some((payment) => payment.key === key);
  }
}

const lost = () => {
  throw new Error('the connection was lost');
};
const never = () => new Promise(() => undefined);
const pay = { name: 'tool.call', input: { name: 'payments.pay', arguments: { amount: 5 } } };

type Boot = (bank: Bank, more?: Partial<ToolDefinition<typeof input>>) => Promise<Installation>;

async function startPaying({ session }: Installation, agent = 'caller'): Promise<Pid> {
  return (await session.call('process.spawn', { agent, input: { calls: [pay] }, durable: true })).pid;
}

/** Resolves with the cause once the process waits. */
async function whenWaiting({ kernel }: Installation, start: () => Promise<unknown>): Promise<string> {
  const waiting = Promise.withResolvers<string>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve(event.cause);
  });
  await start();
  return await waiting.promise;
}

async function outcomeOf({ session }: Installation, pid: Pid): Promise<unknown> {
  const { state, output, error } = await session.call('process.wait', { pid, timeoutMs: 10_000 });
  return state === 'succeeded' && Array.isArray(output) ? output[0] : error;
}

const effectsOf = async ({ session }: Installation) => (await session.call('effect.list', {})).effects;

/** Starts a payment, and restarts the kernel when it is under way. */
async function interrupt(installation: Installation, bank: Bank, reaches: boolean): Promise<Pid> {
  const begun = Promise.withResolvers<void>();
  bank.fails = () => {
    if (!reaches) bank.paid.pop();
    begun.resolve();
    return never();
  };
  const pid = await startPaying(installation);
  await begun.promise;
  await installation.reboot();
  return pid;
}

function effectTests(boot: Boot): void {
  test('an effect that is answered is on record with its receipt', async () => {
    const bank = new Bank();
    await using installation = await boot(bank);
    const pid = await startPaying(installation);
    expect(await outcomeOf(installation, pid)).toEqual({ output: { result: { receipt: 1 } } });
    const [effect] = await effectsOf(installation);
    expect(effect).toMatchObject({
      id: `${pid}:1`,
      pid,
      call: 'tool.call',
      target: 'payments.pay',
      state: 'committed',
      receipt: { result: { receipt: 1 } },
      idempotencyKey: bank.paid[0]?.key,
    });
  });

  test('an effect that its tool refused failed; the process goes on', async () => {
    const bank = new Bank();
    bank.fails = () => {
      throw new AiosError('failed_precondition', 'no money');
    };
    await using installation = await boot(bank);
    expect(await outcomeOf(installation, await startPaying(installation))).toMatchObject({
      code: 'failed_precondition',
    });
    expect((await effectsOf(installation)).map(({ state }) => state)).toEqual(['failed']);
  });

  test.each([
    ['committed', { output: { result: { receipt: 'by hand' } } }, 1],
    ['failed', { code: 'failed_precondition' }, 1],
    ['repeat', { output: { result: { receipt: 2 } } }, 2],
  ] as const)(
    'an effect that was cut off waits for a person, who says: %s',
    async (outcome, told, payments) => {
      const bank = new Bank();
      await using installation = await boot(bank);
      bank.fails = lost;
      let pid = 0 as Pid;
      const cause = await whenWaiting(installation, async () => {
        pid = await startPaying(installation);
      });
      expect(cause).toContain(`the outcome of tool.call "payments.pay" is unknown`);
      expect((await effectsOf(installation))[0]).toMatchObject({ id: `${pid}:1`, state: 'unknown' });
      // The wait outlives the kernel.
      await installation.reboot();
      const stateOf = async () => (await installation.session.call('process.get', { pid })).state;
      await expect.poll(stateOf).toBe('waiting');

      const resolution = {
        id: `${pid}:1`,
        outcome,
        result: { receipt: 'by hand' },
        reason: 'I asked the bank',
      };
      expect(await installation.session.call('effect.resolve', resolution)).toMatchObject({
        state: 'reconciled',
        resolution: { outcome, by: 'user:operator', reason: 'I asked the bank' },
      });
      expect(await outcomeOf(installation, pid)).toMatchObject(told);
      expect(bank.paid).toHaveLength(payments);
      await expect(installation.session.call('effect.resolve', resolution)).rejects.toMatchObject({
        code: 'failed_precondition',
      });
    },
  );

  test('a tool that can look finds out by itself: what happened is not repeated, what did not is made once', async () => {
    const bank = new Bank();
    const probe: ToolDefinition<typeof input>['probe'] = async (_input, { idempotencyKey }) =>
      bank.has(idempotencyKey) ? { outcome: 'committed', result: { found: true } } : { outcome: 'repeat' };
    await using installation = await boot(bank, { probe });
    const happened = await interrupt(installation, bank, true);
    expect(await outcomeOf(installation, happened)).toEqual({ output: { result: { found: true } } });
    expect(bank.paid).toHaveLength(1);
    const didNot = await interrupt(installation, bank, false);
    expect(await outcomeOf(installation, didNot)).toEqual({ output: { result: { receipt: 2 } } });
    expect(bank.paid).toHaveLength(2);
    const effects = await effectsOf(installation);
    const byId = effects.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    expect(byId.map(({ id, state }) => [id, state])).toEqual([
      [`${happened}:1`, 'reconciled'],
      [`${didNot}:1`, 'reconciled'],
      [`${didNot}:1#2`, 'committed'],
    ]);
    expect(new Set(effects.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  test('an idempotent tool gets the same key when its call is made again after a crash', async () => {
    const bank = new Bank();
    await using installation = await boot(bank, { idempotent: true });
    const pid = await interrupt(installation, bank, true);
    expect(await outcomeOf(installation, pid)).toEqual({ output: { result: { receipt: 2 } } });
    const [first, second] = bank.paid;
    expect(first?.key).toBeDefined();
    expect(second?.key).toBe(first?.key);
  });

  test('an agent that wants to go on is told that the outcome is unknown, the same each time that it runs', async () => {
    const bank = new Bank();
    bank.fails = lost;
    await using installation = await boot(bank);
    const pid = await startPaying(installation, 'impatient');
    expect(await outcomeOf(installation, pid)).toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining(`aios effects resolve ${pid}:1`),
    });
    expect((await effectsOf(installation)).map(({ state }) => state)).toEqual(['unknown']);
  });

  test('a process that is killed with an effect under way leaves it unknown', async () => {
    const bank = new Bank();
    const begun = Promise.withResolvers<void>();
    bank.fails = () => {
      begun.resolve();
      return never();
    };
    await using installation = await boot(bank);
    const pid = await startPaying(installation);
    await begun.promise;
    await installation.session.call('process.kill', { pid });
    await expect.poll(async () => (await effectsOf(installation))[0]?.state).toBe('unknown');
  });

  test('what happened can be undone where the tool offers it, once', async () => {
    const bank = new Bank();
    const undone: unknown[] = [];
    const compensate: ToolDefinition<typeof input>['compensate'] = async (
      { amount },
      result,
      { idempotencyKey },
    ) => {
      undone.push([amount, result, idempotencyKey]);
    };
    await using installation = await boot(bank, { compensate });
    const pid = await startPaying(installation);
    await outcomeOf(installation, pid);
    const id = `${pid}:1`;
    const { state, idempotencyKey } = await installation.session.call('effect.compensate', { id });
    expect(state).toBe('compensated');
    expect(undone).toEqual([[5, { receipt: 1 }, `${idempotencyKey}:compensate`]]);
    await expect(installation.session.call('effect.compensate', { id })).rejects.toMatchObject({
      code: 'failed_precondition',
    });
  });

  test('a process cannot say what became of an effect, nor see those of others', async () => {
    const bank = new Bank();
    await using installation = await boot(bank);
    const pid = await startPaying(installation);
    await outcomeOf(installation, pid);
    const { session } = installation;
    const calls = [
      { name: 'effect.resolve', input: { id: `${pid}:1`, outcome: 'committed' } },
      { name: 'effect.get', input: { id: `${pid}:1` } },
      { name: 'effect.list', input: {} },
    ];
    const other = await session.call('process.spawn', { agent: 'caller', input: { calls } });
    const { output } = await session.call('process.wait', other);
    expect(output).toMatchObject([
      { code: 'permission_denied' },
      { code: 'not_found' },
      { output: { effects: [] } },
    ]);
  });

  test('who is not a durable process has no ledger', async () => {
    const bank = new Bank();
    await using installation = await boot(bank);
    await installation.session.call('tool.call', pay.input);
    expect(bank.paid).toEqual([{ amount: 5, key: undefined }]);
    expect(await effectsOf(installation)).toEqual([]);
  });
}

describe.each(await databaseKinds())('$name', ({ place }) =>
  effectTests(async (bank, more) => await bootInstallation({ ...(await place()), tools: [bank.tool(more)] })),
);
