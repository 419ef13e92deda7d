import {
  type Pid,
  type ReplayedCall,
  type RuntimeName,
  runtimeName,
  type SyscallOutput,
} from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { Caller } from '../../syscall/index.ts';
import type { AgentRegistry } from '../agent-registry.ts';
import type { SignalStore } from '../lifecycle/index.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ProcessHistory } from './process-history.ts';
import { replay } from './replay.ts';

export interface ReplaysOptions {
  readonly history: ProcessHistory;
  readonly registry: AgentRegistry;
  readonly signals: SignalStore;
  readonly runtimes: Readonly<Record<RuntimeName, Runtime>>;
  readonly clock: Clock;
}

interface Request {
  readonly pid: Pid;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onCall: (call: ReplayedCall) => void;
}

/** Runs the code of processes, as it is now, against their journals. */
export class Replays {
  readonly #options: ReplaysOptions;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  async replay(caller: Caller, { pid, ...request }: Request): Promise<SyscallOutput<'process.replay'>> {
    const { history, registry, signals, runtimes, clock } = this.#options;
    const known = await history.read(caller, pid);
    const { row } = known;
    const { entry } = await registry.reload(row.entry, row.trusted === 1);
    return await replay({
      ...known,
      ...request,
      signals: await signals.of(pid, row.run_sequence),
      runtime: runtimes[runtimeName.parse(row.runtime)],
      entry,
      clock,
    });
  }
}
