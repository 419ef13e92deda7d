// Runs the code of a process against its journal: every call is answered from it, at full speed, and none is made.

import {
  AiosError,
  type JsonValue,
  jsonValue,
  pid as pidSchema,
  type ReplayedCall,
  type SyscallName,
  type SyscallOutput,
  tenantId,
  toAiosError,
  userId,
} from '@aios/protocol';
import { authorise, createPolicy } from '../../access/index.ts';
import type { Clock } from '../../clock/index.ts';
import {
  accessRequest,
  type Caller,
  type CallRequest,
  checkInput,
  checkName,
  createLine,
  OpenCalls,
  untilAborted,
} from '../../syscall/index.ts';
import { parseLayers } from '../describe-process.ts';
import { identifyCall } from '../journal/call-identity.ts';
import { type History, recollect } from '../journal/index.ts';
import type { StoredSignal } from '../lifecycle/index.ts';
import { SignalFeed } from '../lifecycle/signal-feed.ts';
import type { ProcessRow } from '../process-store.ts';
import type { Runtime, Task } from '../runtime/runtime.ts';

export interface Replay {
  readonly row: ProcessRow;
  readonly history: History;
  /** Those that the process heard of in this run. */
  readonly signals: readonly StoredSignal[];
  readonly runtime: Runtime;
  readonly entry: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onCall: (call: ReplayedCall) => void;
}

type Verdict = Omit<SyscallOutput<'process.replay'>, 'pid' | 'calls'>;

/** How long code that waits for a call which the journal does not answer may do without another one. */
const idleMs = 1000;

/** Says whether the code does what the journal says. The code is left where the journal ends. */
export async function replay(options: Replay): Promise<SyscallOutput<'process.replay'>> {
  const { row, runtime, entry, signal } = options;
  const run = new ReplayRun(options);
  const over = AbortSignal.any([signal, run.over]);
  const task: Task = {
    pid: pidSchema.parse(row.pid),
    agent: row.agent,
    tenant: tenantId.parse(row.tenant),
    // It does not wait for a host.
    isDurable: false,
    entry,
    input: jsonValue.parse(JSON.parse(row.input)),
    line: run.line,
    signal: over,
    isDropped: () => true,
    ending: signal,
    onSignal: run.feed.listen,
    started: () => undefined,
    // It has printed this before.
    printed: () => undefined,
    isSuspect: row.breaks > 0,
  };
  const cancel = options.clock.after(options.timeoutMs, run.timeOut);
  try {
    const running = runtime.run(task);
    const verdict = await untilAborted(running, over).then(
      (output) => run.judgeEnd({ output }),
      (error: unknown) => run.verdict ?? run.judgeEnd({ error: toAiosError(error) }),
    );
    signal.throwIfAborted();
    return { pid: pidSchema.parse(row.pid), calls: run.calls, ...verdict };
  } finally {
    cancel();
    run.close();
  }
}

type End = { readonly output: JsonValue } | { readonly error: AiosError };

class ReplayRun {
  readonly feed = new SignalFeed();
  readonly line;
  calls = 0;
  verdict: Verdict | undefined;
  readonly #options: Replay;
  readonly #past;
  readonly #versions;
  readonly #over = new AbortController();
  #open: ReplayedCall | undefined;
  #cancelIdle: (() => void) | undefined;

  constructor(options: Replay) {
    this.#options = options;
    const { row, history } = options;
    const pid = pidSchema.parse(row.pid);
    const { past, versions } = recollect(pid, history.records);
    this.#past = past;
    this.#versions = versions;
    const caller: Caller = {
      tenant: tenantId.parse(row.tenant),
      user: userId.parse(row.owner),
      process: { pid, agent: row.agent, durable: true, fence: row.fence },
      policy: createPolicy(parseLayers(row)),
    };
    this.line = createLine({
      run: (request) => this.#answer(caller, request),
      identify: () => caller,
      among: new OpenCalls(),
      numberedAfter: row.run_sequence,
    });
  }

  /** Fires when there is nothing more to be seen. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  readonly timeOut = (): void => {
    const at = this.calls === 0 ? 'its first call' : `call ${this.calls}`;
    this.#conclude({
      outcome: 'differs',
      difference: `the code came no further than ${at} in the time given`,
    });
  };

  close(): void {
    this.#cancelIdle?.();
    this.#over.abort(done());
  }

  /** What it means that the code has come to its end. */
  judgeEnd(end: End): Verdict {
    const { row } = this.#options;
    try {
      this.#past.checkEnd();
    } catch (error) {
      return { outcome: 'differs', difference: toAiosError(error).message };
    }
    if ('error' in end) {
      const before = row.error === null ? undefined : JSON.parse(row.error).detail;
      if (row.state === 'failed' && before === end.error.message) return { outcome: 'same' };
      return { outcome: 'differs', difference: `the code fails: ${end.error.message}` };
    }
    const isSame = row.state !== 'succeeded' || row.output === JSON.stringify(end.output ?? null);
    const output = { output: end.output ?? null };
    if (isSame) return { outcome: 'same', ...output };
    return { outcome: 'differs', difference: 'the code returns another output than before', ...output };
  }

  async #answer(caller: Caller, request: CallRequest): Promise<unknown> {
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
    const name = checkName(request.name);
    const input = checkInput(name, request.input);
    const sequence = request.place?.sequence;
    if (sequence === undefined) return { version: this.#version(input) };
    this.#hear(sequence);
    const known = this.#recall(sequence, name, input);
    if (known === undefined) {
      authorise(caller, accessRequest(name, input));
      return await this.#never(name, sequence, identifyCall(name, input).target);
    }
    if (known.kind === 'failed') throw known.error;
    return known.output;
  }

  #recall(sequence: number, name: SyscallName, input: unknown) {
    const identity = identifyCall(name, input);
    try {
      const known = this.#past.recall({ sequence, nested: '' }, () => identity);
      if (known.kind === 'new' || known.kind === 'dispatched') return undefined;
      this.calls += 1;
      this.#tell({ call: sequence, name, target: identity.target, outcome: known.kind });
      this.#watch();
      return known;
    } catch (error) {
      if (!AiosError.isInstance(error) || error.details?.sequence === undefined) throw error;
      this.#tell({ call: sequence, name, target: identity.target, outcome: 'differs' });
      this.#conclude({ outcome: 'differs', difference: error.message });
      throw done();
    }
  }

  /** A call that the journal does not answer: it is not made, so the code hears nothing. */
  async #never(name: SyscallName, call: number, target: string | null): Promise<never> {
    const open = { call, name, ...(target !== null && { target }), outcome: 'open' as const };
    this.#tell({ ...open, target });
    this.#open ??= open;
    this.#watch();
    return await new Promise<never>(() => undefined);
  }

  /** Where the journal has nothing more to say, and the code asks for more, all has been seen. */
  #watch(): void {
    if (this.#open === undefined) return;
    if (this.#past.isOver) this.#conclude(this.#atTheEnd(this.#open));
    else this.#cancelIdle = this.#options.clock.after(idleMs, () => this.#stuck());
  }

  #atTheEnd(next: ReplayedCall): Verdict {
    const { state } = this.#options.row;
    if (state !== 'succeeded') return { outcome: 'same', next };
    return {
      outcome: 'differs',
      next,
      difference: `the code makes call ${next.call}, ${next.name}, where it came to its end before`,
    };
  }

  /** It waits for a call that has no answer on record, and does nothing else. */
  #stuck(): void {
    if (this.#open === undefined) return;
    const { call, name } = this.#open;
    this.#conclude({
      outcome: 'differs',
      next: this.#open,
      difference: `the code waits for call ${call}, ${name}, which has no answer on record, and does not come to the calls after it`,
    });
  }

  #hear(sequence: number): void {
    for (const { signal, heardAt } of this.#options.signals)
      if (heardAt === sequence) this.feed.deliver(signal);
  }

  #version(input: Record<string, unknown>): number {
    const { change, latest } = input;
    const decided = this.#versions.get(String(change));
    return decided ?? (this.#past.isOver ? Number(latest) : 0);
  }

  #tell({ target, ...call }: Omit<ReplayedCall, 'target'> & { target: string | null }): void {
    this.#options.onCall({ ...call, ...(target !== null && { target }) });
  }

  #conclude(verdict: Verdict): void {
    this.verdict ??= verdict;
    this.#over.abort(done());
  }
}

function done(): AiosError {
  return new AiosError('cancelled', 'The replay is over.');
}
