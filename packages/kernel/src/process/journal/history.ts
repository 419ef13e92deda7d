// What a run of a process did, as its journal says: a run may have been taken back to an earlier record, once or many times.
// Nothing is removed for that; a record says so, and what lies between it and the record that it names counts no longer.

import { AiosError, type Pid } from '@aios/protocol';
import { z } from 'zod';
import { usdOf } from '../../access/index.ts';
import { type ChainEnd, emptyChain, type JournalRecord, verifyChain } from './record.ts';
import type { NewRecord } from './record-store.ts';
import { chainBefore, type RunUse, usedBefore } from './run-record.ts';

const targetSchema = z.object({ to: z.number().int().nonnegative() });

interface Cut {
  readonly from: number;
  readonly to: number;
}

export interface History {
  /** The records that count, in their order. */
  readonly records: readonly JournalRecord[];
  /** What its first record follows. */
  readonly before: ChainEnd;
  /** Where it was taken back: from a record to an earlier one. */
  readonly cuts: readonly Cut[];
  /** What was used and is not in the answers that count: before the run, and in what was taken back. */
  readonly usedElsewhere: RunUse;
}

/** Verifies the records of a run, all of them from its first on. Throws `failed_precondition` naming one that is damaged. */
export function historyOf(records: readonly JournalRecord[]): History {
  const before = chainBefore(records[0]) ?? emptyChain;
  verifyChain(records, before);
  const kept: JournalRecord[] = [];
  let used = usedBefore(records[0]);
  const cuts: Cut[] = [];
  for (const record of records) {
    if (record.kind !== 'revert') {
      kept.push(record);
      continue;
    }
    const { to } = targetSchema.parse(JSON.parse(record.result ?? ''));
    cuts.push({ from: record.position, to });
    for (const cut of kept.splice(kept.findLastIndex(({ position }) => position <= to) + 1))
      used = withUse(used, cut);
  }
  return { records: kept, before, cuts, usedElsewhere: used };
}

/** Whether what the run was at a record still counts. */
export function counts({ cuts }: History, position: number): boolean {
  return cuts.every(({ from, to }) => position <= to || position >= from);
}

/** The same run up to a record. */
export function historyUpTo(history: History, position: number): History {
  return { ...history, records: history.records.filter((record) => record.position <= position) };
}

/** The position at which a call of the agent’s own was answered; 0 of call 0. Throws `not_found`. */
export function positionOfCall(pid: Pid, { records }: History, call: number): number {
  if (call === 0) return records[0]?.kind === 'run' ? records[0].position : 0;
  const answer = records.find(
    ({ kind, sequence, nested }) => kind === 'answer' && sequence === call && nested === '',
  );
  if (answer !== undefined) return answer.position;
  throw new AiosError(
    'not_found',
    `Call ${call} of process ${pid} has no answer in its present run. "aios replay ${pid}" shows those that have.`,
    { details: { pid, call } },
  );
}

/** The last of the agent’s own calls that has an answer; 0 where none has. */
export function lastCall({ records }: History): number {
  return records.reduce(
    (last, { kind, sequence, nested }) =>
      kind === 'answer' && nested === '' ? Math.max(last, sequence) : last,
    0,
  );
}

/** The record that a run was taken back to an earlier one. It belongs to no call. */
export function revertRecord(pid: Pid, to: number): NewRecord {
  return {
    pid,
    kind: 'revert',
    sequence: 0,
    nested: '',
    name: 'process.revert',
    target: null,
    input_hash: '',
    fields: '{}',
    result: JSON.stringify({ to }),
    used_tokens: 0,
    used_nano_usd: 0,
    at: Date.now(),
  };
}

function withUse(used: RunUse, { kind, nested, used_tokens, used_nano_usd }: JournalRecord): RunUse {
  if (kind !== 'answer' || nested !== '') return used;
  return {
    calls: used.calls + 1,
    tokens: used.tokens + used_tokens,
    usd: used.usd + usdOf(used_nano_usd),
  };
}
