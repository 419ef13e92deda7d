import { AiosError, type Pid, type Problem, problem } from '@aios/protocol';
import { z } from 'zod';
import { usdOf } from '../../access/index.ts';
import type { PlaceInProcess, Recollection } from '../../syscall/index.ts';
import { type CallIdentity, describeCall, parseFields, tellApart } from './call-identity.ts';
import type { JournalRecord } from './record.ts';

const storedResult = z.union([z.object({ error: problem }), z.object({ output: z.unknown() })]);
export type StoredResult = { readonly output: unknown } | { readonly error: Problem };

/** What a resumed process did before, call by call, until it has come to each of them again. */
export class Past {
  readonly #pid: Pid;
  /** The records of each of the agent’s own calls and of those inside it, by ordinals; the last one of a call stands. */
  readonly #calls = new Map<number, Map<string, JournalRecord>>();

  constructor(pid: Pid, records: readonly JournalRecord[]) {
    this.#pid = pid;
    for (const record of records) {
      const { sequence, nested } = record;
      const call = this.#calls.get(sequence) ?? new Map<string, JournalRecord>();
      this.#calls.set(sequence, call.set(nested, record));
    }
  }

  /** Whether there are no calls that the process has not come to again. */
  get isOver(): boolean {
    return this.#calls.size === 0;
  }

  /** Whether this call of the agent’s own was answered. */
  answers(sequence: number): boolean {
    return this.#calls.get(sequence)?.get('')?.kind === 'answer';
  }

  /** Throws `failed_precondition` when the call is another one now. What was recalled is forgotten. */
  recall({ sequence, nested }: PlaceInProcess, now: () => CallIdentity): Recollection {
    const call = this.#calls.get(sequence);
    const record = call?.get(nested);
    if (call === undefined || record === undefined) return { kind: 'new' };
    const identity = now();
    if (record.input_hash !== identity.inputHash) throw diverged(this.#pid, record, identity);
    if (record.kind === 'intent' || record.result === null) return { kind: 'dispatched' };
    call.delete(nested);
    if (nested === '') this.forget(sequence);
    const used = { tokens: record.used_tokens, usd: usdOf(record.used_nano_usd) };
    const result = storedResult.parse(JSON.parse(record.result));
    return 'error' in result
      ? { kind: 'failed', error: AiosError.fromProblem(result.error), used }
      : { kind: 'answered', output: result.output, used };
  }

  /** The agent’s own call was answered: those inside it will not come again. */
  forget(sequence: number): void {
    this.#calls.delete(sequence);
  }

  /** Throws `failed_precondition` when the agent came to its end without a call that it had made before. */
  checkEnd(): void {
    const [first] = [...this.#calls].sort(([left], [right]) => left - right);
    const record = first?.[1].get('');
    if (record === undefined) return;
    throw divergence(
      this.#pid,
      record.sequence,
      `the agent ended without its call ${record.sequence}, which was ${describeCall(record)}`,
      { before: record.name },
    );
  }
}

function diverged(pid: Pid, record: JournalRecord, now: CallIdentity): AiosError {
  const { sequence, nested } = record;
  const ordinal = nested === '' ? `${sequence}` : `${sequence}.${nested}`;
  const before = { ...record, inputHash: record.input_hash, fields: parseFields(record.fields) };
  return divergence(pid, sequence, `its call ${ordinal} is ${tellApart(before, now)}`, {
    before: record.name,
    now: now.name,
  });
}

function divergence(
  pid: Pid,
  sequence: number,
  what: string,
  details: { readonly before: string; readonly now?: string },
): AiosError {
  return new AiosError(
    'failed_precondition',
    `Process ${pid} cannot be resumed: ${what}. A durable agent must make the same calls in the same order when it runs again: take time and randomness from system calls, and ask aios.version() where its code has changed.`,
    { details: { sequence, ...details } },
  );
}
