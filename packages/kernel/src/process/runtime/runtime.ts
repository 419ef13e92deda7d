import type { AgentManifest, JsonValue, Pid, SignalListener, TenantId } from '@aios/protocol';
import type { Line } from '../../syscall/index.ts';

/** One agent to be run to its end. */
export interface Task {
  readonly pid: Pid;
  /** Name of the agent. */
  readonly agent: string;
  readonly tenant: TenantId;
  readonly isDurable: boolean;
  readonly entry: string;
  readonly input: JsonValue;
  /** The agent’s line to the kernel. */
  readonly line: Line;
  /** Fires when the process must stop. */
  readonly signal: AbortSignal;
  /** Whether it stops without a word to the agent, whose code is simply left. */
  readonly isDropped: () => boolean;
  /** What the agent watches: fires when it should come to its end, at the latest with `signal`. */
  readonly ending: AbortSignal;
  /** Tells of the signals that the agent is to hear, also of those that came before. */
  readonly onSignal: (listener: SignalListener) => void;
  /** To be called when the agent’s code begins to run. */
  readonly started: () => void;
  /** Takes a line that the agent printed, where it has a place of its own. */
  readonly printed: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Whether it has broken its runtime before, so that it is to be kept apart from those that have not. */
  readonly isSuspect: boolean;
}

/** A place where agents’ code runs. */
export interface Runtime extends AsyncDisposable {
  describe(entry: string): Promise<AgentManifest>;
  /** Resolves with what the agent returned; rejects with what it threw, or with a BrokenRuntime when the place itself broke. */
  run(task: Task): Promise<JsonValue>;
}
