// The journal of durable processes: what each call asked and was answered, so that a process that is started again after a
// crash gets the answers that it got before. Guarantee: a settled call is on disk before its caller hears of it.

import { AiosError, type Pid, type Problem, type SyscallName, toAiosError } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { nanoUsd, usdOf } from '../access/index.ts';
import type { Database, Tables } from '../database/index.ts';
import type { Journal, JournalKey, Recollection, Used } from '../syscall/index.ts';
import { inputHash } from './canonical-json.ts';

interface Entry {
  readonly name: string;
  readonly inputHash: string;
  readonly state: string;
  readonly result: string | null;
  readonly used: Used;
}

type StoredResult = { readonly output: unknown } | { readonly error: Problem };

/** What is dropped in the same transaction in which a call is settled. */
export type DropSettled = (transaction: Transaction<Tables>, pid: Pid, sequence: number) => Promise<void>;

export class ProcessJournal implements Journal {
  readonly #database: Database;
  readonly #dropSettled: DropSettled | undefined;
  /** Entries of resumed processes that they have not come to again yet. */
  readonly #past = new Map<Pid, Map<number, Entry>>();

  constructor(database: Database, dropSettled?: DropSettled) {
    this.#database = database;
    this.#dropSettled = dropSettled;
  }

  /** Reads what a process did before a crash, for `recall`. */
  async load(pid: Pid): Promise<void> {
    const rows = await this.#database.reader
      .selectFrom('journal')
      .selectAll()
      .where('pid', '=', pid)
      .execute();
    const entries = rows.map((row): [number, Entry] => [
      row.sequence,
      {
        name: row.name,
        inputHash: row.input_hash,
        state: row.state,
        result: row.result,
        used: { tokens: row.used_tokens, usd: usdOf(row.used_nano_usd) },
      },
    ]);
    if (entries.length > 0) this.#past.set(pid, new Map(entries));
  }

  forget(pid: Pid): void {
    this.#past.delete(pid);
  }

  recall({ process, sequence }: JournalKey, name: SyscallName, input: unknown): Recollection {
    const past = this.#past.get(process.pid);
    const entry = past?.get(sequence);
    if (past === undefined || entry === undefined) return { kind: 'new' };
    if (entry.inputHash !== inputHash(name, input)) throw diverged(process.pid, sequence, entry.name, name);
    past.delete(sequence);
    if (past.size === 0) this.#past.delete(process.pid);
    if (entry.state === 'dispatched' || entry.result === null) return { kind: 'dispatched' };
    const result: StoredResult = JSON.parse(entry.result);
    if ('error' in result) {
      return { kind: 'failed', error: AiosError.fromProblem(result.error), used: entry.used };
    }
    return { kind: 'answered', output: result.output, used: entry.used };
  }

  async writeDispatched(key: JournalKey, name: SyscallName, input: unknown): Promise<void> {
    await this.#write(key, name, input, 'dispatched', null, { tokens: 0, usd: 0 });
  }

  async writeSettled(
    key: JournalKey,
    name: SyscallName,
    input: unknown,
    outcome: { output: unknown } | { error: unknown },
    used: Used,
  ): Promise<void> {
    const result: StoredResult =
      'error' in outcome ? { error: toAiosError(outcome.error).toProblem() } : outcome;
    await this.#write(key, name, input, 'answered', JSON.stringify(result), used);
  }

  async #write(
    { process, sequence }: JournalKey,
    name: SyscallName,
    input: unknown,
    state: 'dispatched' | 'answered',
    result: string | null,
    used: Used,
  ): Promise<void> {
    const { pid, fence } = process;
    const row = {
      pid,
      sequence,
      name,
      input_hash: inputHash(name, input),
      state,
      result,
      used_tokens: used.tokens,
      used_nano_usd: nanoUsd(used.usd),
      at: Date.now(),
    };
    await this.#database.write(async (transaction) => {
      const owner = await transaction
        .selectFrom('processes')
        .select('fence')
        .where('pid', '=', pid)
        .executeTakeFirst();
      if (owner?.fence !== fence) {
        throw new AiosError(
          'stale_fence',
          `Process ${pid} was taken over; its late call ${name} is refused.`,
        );
      }
      await transaction
        .insertInto('journal')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['pid', 'sequence']).doUpdateSet({
            state,
            result,
            used_tokens: row.used_tokens,
            used_nano_usd: row.used_nano_usd,
            at: row.at,
          }),
        )
        .execute();
      if (state === 'answered') await this.#dropSettled?.(transaction, pid, sequence);
    });
  }
}

function diverged(pid: Pid, sequence: number, before: string, now: string): AiosError {
  const both = before === now ? `${now} with another input` : `${now}, but before the crash it was ${before}`;
  return new AiosError(
    'failed_precondition',
    `Process ${pid} cannot be resumed: its call ${sequence} is ${both}. A durable agent must make the same calls in the same order when it runs again; take time and randomness from system calls.`,
    { details: { sequence, before, now } },
  );
}
