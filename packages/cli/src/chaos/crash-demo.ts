// What `npm run demo:crash` shows: a kernel is killed while the bank has an agent’s payment and has not answered, and the
// next kernel finishes the job without paying again.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EffectDescription, ProcessDescription } from '@aios/protocol';
import { type KernelChild, startKernelChild } from './kernel-child.ts';
import { type OutsideWorld, type Paid, startOutsideWorld } from './outside-world.ts';

const bill = 'bill-2026-11';

export interface CrashDemo {
  readonly ended: ProcessDescription;
  readonly effects: readonly EffectDescription[];
  /** The books of the bank. */
  readonly paid: readonly Paid[];
  /** What the agent did, call by call. */
  readonly log: readonly string[];
}

/** Tells what happens as it happens. */
export type Narrate = (subject: string, text: string) => void;

export async function runCrashDemo(narrate: Narrate): Promise<CrashDemo> {
  const home = await mkdtemp(join(tmpdir(), 'aios-crash-demo-'));
  try {
    await using bank = await startOutsideWorld();
    const pid = await payUntilKilled(home, bank, narrate);
    return await goOn(home, bank, pid, narrate);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function payUntilKilled(
  home: string,
  bank: OutsideWorld,
  narrate: Narrate,
): Promise<ProcessDescription['pid']> {
  await using kernel = await start(home, bank);
  narrate('Kernel', `process ${kernel.pid}, booted in ${Math.round(kernel.bootMs)} ms`);
  bank.interceptNext('probed', () => {
    narrate('Bank', `took the payment of ${bill}, and is about to answer`);
    kernel.kill();
    return undefined;
  });
  const spawning = { agent: 'payer', input: { bill }, durable: true };
  const { pid } = await kernel.client.process.spawn(spawning);
  narrate('Agent', `payer, process ${pid} of AIOS, durable: is to pay ${bill}`);
  const ended = kernel.client.process.wait({ pid, timeoutMs: 30_000 });
  // The wait ends with the connection, and that with the kernel.
  const signal = await ended.then(failure, () => kernel.gone);
  narrate('kill -9', `kernel process ${kernel.pid} is gone: ${signal}`);
  return pid;
}

async function goOn(
  home: string,
  bank: OutsideWorld,
  pid: ProcessDescription['pid'],
  narrate: Narrate,
): Promise<CrashDemo> {
  await using kernel = await start(home, bank);
  const { client } = kernel;
  narrate('Kernel', `process ${kernel.pid}, booted in ${Math.round(kernel.bootMs)} ms on the same home`);
  const ended = await client.process.wait({ pid, timeoutMs: 30_000 });
  const { effects } = await client.effect.list({ pid });
  const { entries } = await client.process.logs({ pid });
  const log = entries.filter(({ kind }) => kind === 'syscall').map(({ text }) => text);
  return { ended, effects, paid: bank.paid, log };
}

/** The agent came to its end before the bank was asked. */
function failure({ state, error }: ProcessDescription): never {
  throw new Error(`The agent ended ${state} before it paid: ${error?.detail}`);
}

async function start(home: string, bank: OutsideWorld): Promise<KernelChild> {
  const kernel = await startKernelChild({ home, bank: bank.url });
  if (kernel === undefined) throw new Error('The kernel was killed while it started.');
  return kernel;
}
