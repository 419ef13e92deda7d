// The record that a process began anew: the first of its run. It holds the hash of the last record of the run before, so that
// it can be verified when that one has been dropped, and what the process used before, so that nobody has to add it up.

import { type JsonValue, jsonValue } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { usdOf } from '../../access/index.ts';
import type { Tables } from '../../database/index.ts';
import type { JournalledCall, Used } from '../../syscall/index.ts';
import { identifyCall } from './call-identity.ts';
import type { ChainEnd, JournalRecord } from './record.ts';
import type { NewRecord } from './record-store.ts';

const contentSchema = z.object({
  input: jsonValue,
  previousInput: jsonValue,
  previousHash: z.string(),
  calls: z.number(),
});

/** What the calls of a process used that are on record. */
export interface RunUse extends Used {
  readonly calls: number;
}

const noUse: RunUse = { calls: 0, tokens: 0, usd: 0 };

interface NewRun {
  readonly call: JournalledCall;
  readonly input: JsonValue;
  readonly previousInput: JsonValue;
  readonly end: ChainEnd;
  /** Since the process started. */
  readonly used: { readonly calls: number; readonly tokens: number; readonly nanoUsd: number };
}

export function runRecord({ call, input, previousInput, end, used }: NewRun): NewRecord {
  const { name, target, inputHash, fields } = identifyCall(call.name, call.input);
  const content = { input, previousInput, previousHash: end.hash, calls: used.calls };
  return {
    pid: call.process.pid,
    kind: 'run',
    ...call.place,
    name,
    target,
    input_hash: inputHash,
    fields: JSON.stringify(fields),
    result: JSON.stringify(content),
    used_tokens: used.tokens,
    used_nano_usd: used.nanoUsd,
    at: Date.now(),
  };
}

/** What the first record of a run follows; undefined for a record that begins none. */
export function chainBefore(record: JournalRecord | undefined): ChainEnd | undefined {
  if (record?.kind !== 'run') return undefined;
  return { position: record.position - 1, hash: contentOf(record).previousHash };
}

/** What the process had used when the run began. */
export function usedBefore(record: JournalRecord | undefined): RunUse {
  if (record?.kind !== 'run') return noUse;
  return { calls: contentOf(record).calls, tokens: record.used_tokens, usd: usdOf(record.used_nano_usd) };
}

/** What the agent’s own calls used that are on record from a position on. */
export async function usedSince(
  transaction: Transaction<Tables>,
  pid: number,
  from: number,
): Promise<NewRun['used']> {
  const first = await transaction
    .selectFrom('journal_records')
    .select(['used_tokens', 'used_nano_usd', 'result'])
    .where('pid', '=', pid)
    .where('position', '=', from)
    .where('kind', '=', 'run')
    .executeTakeFirst();
  const { calls, tokens, nano_usd } = await transaction
    .selectFrom('journal_records')
    .select(({ fn }) => [
      fn.countAll<number>().as('calls'),
      fn.sum<number | null>('used_tokens').as('tokens'),
      fn.sum<number | null>('used_nano_usd').as('nano_usd'),
    ])
    .where('pid', '=', pid)
    .where('position', '>=', from)
    .where('kind', '=', 'answer')
    .where('nested', '=', '')
    .executeTakeFirstOrThrow();
  return {
    // The call that begins the run counts as well.
    calls: Number(calls) + 1 + (first === undefined ? 0 : parseContent(first.result).calls),
    tokens: Number(tokens) + (first?.used_tokens ?? 0),
    nanoUsd: Number(nano_usd) + (first?.used_nano_usd ?? 0),
  };
}

function contentOf({ result }: JournalRecord) {
  return parseContent(result);
}

function parseContent(result: string | null) {
  return contentSchema.parse(JSON.parse(result ?? ''));
}
