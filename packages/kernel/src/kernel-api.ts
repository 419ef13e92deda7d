import type { EventFilter, KernelEvent } from '@aios/protocol';
import type { Config } from './config/index.ts';
import type { ForwardQuestion } from './llm/index.ts';
import type { Caller, Line } from './syscall/index.ts';
import type { EventBus, Logger } from './telemetry/index.ts';

/** A caller's open line to the kernel, made by Kernel.open after its token was checked. */
export interface Session extends Line {
  readonly caller: Caller;
  /** Events that this caller may see. */
  subscribe(filter: EventFilter, listener: (event: KernelEvent) => void): Disposable;
}

export interface CloseOptions {
  /** Milliseconds that running calls get to finish. */
  drainMs?: number;
  reason?: string;
}

/** The kernel as its faces see it. */
export interface Kernel extends AsyncDisposable {
  readonly events: EventBus;
  /** The configuration as it is now; a reload replaces it. */
  readonly config: Config;
  readonly state: 'ready' | 'closing';
  /** Folder that holds all state of the installation. */
  readonly home: string;
  readonly logger: Logger;
  /** Writes down, for the clients of this machine, the URL at which this kernel is served. */
  announce(url: string): Promise<void>;
  /** Throws `unauthenticated` for a wrong or missing token. */
  open(token: string | undefined): Session;
  /**
   * Whether a request may go to `llm.forward` as it is: every model that might answer it speaks its dialect and needs no help
   * with it. Else the face translates it.
   */
  forwards(question: ForwardQuestion): boolean;
  /** Metrics in the Prometheus text format. */
  metrics(): Promise<{ contentType: string; body: string }>;
  /** Refuses new calls, lets running ones finish up to the time given, then closes all modules in reverse order. */
  close(options?: CloseOptions): Promise<void>;
}
