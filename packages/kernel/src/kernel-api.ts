import type { Carrier } from '@aios/host';
import type { AiosError, EventFilter, KernelEvent, KernelStatus, Pid } from '@aios/protocol';
import type { Config } from './config/index.ts';
import type { ForwardQuestion } from './llm/index.ts';
import type { HostLine, WebhookRequest } from './process/index.ts';
import type { Caller, Line } from './syscall/index.ts';
import type { EventBus, Logger } from './telemetry/index.ts';

/** A caller's open line to the kernel, made by Kernel.open after its token was checked. */
export interface Session extends Line {
  readonly caller: Caller;
  /** Throws `permission_denied` unless the caller was granted this. */
  authorise(action: string, target?: string): void;
  /**
   * Events that this caller may see. Throws `permission_denied` without the permission `kernel.events`. Once the key is of no
   * use any more nothing is told, and `onEnd` is called with the reason.
   */
  subscribe(
    filter: EventFilter,
    listener: (event: KernelEvent) => void,
    onEnd?: (reason: AiosError) => void,
  ): Disposable;
}

export interface OpenOptions {
  /** Make the calls as this process. */
  readonly pid?: Pid | undefined;
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
  readonly state: KernelStatus['state'];
  /** Folder that holds all state of the installation. */
  readonly home: string;
  readonly logger: Logger;
  /** Writes down, for the clients of this machine, the URL at which this kernel is served. */
  announce(url: string): Promise<void>;
  /**
   * Throws `unauthenticated` for a wrong or missing token. With a pid, or with a key bound to one, the calls are made as that
   * process; throws `permission_denied` or `not_found` where they cannot be.
   */
  open(token: string | undefined, options?: OpenOptions): Session;
  /**
   * Takes a connection of a program elsewhere that offers to run agents: frames of `host-link-frames.ts` and `host-frames.ts`
   * of the protocol. Its caller needs the permission `process.serve` for each agent that it names.
   */
  attachHost(session: Session, carrier: Carrier): HostLine;
  /**
   * Whether a caller’s request may go to `llm.forward` as it is: the caller may ask it so, and every model that might answer
   * speaks its dialect and needs no help with it. Else the face translates it.
   */
  forwards(caller: Caller, question: ForwardQuestion): boolean;
  /**
   * Takes a webhook of a trigger in; it is on disk when this resolves. `isNew`: it was not known before. Throws
   * `unauthenticated` unless its sender knows the secret of the trigger, and `not_found` where there is no such webhook.
   */
  receive(trigger: number, request: WebhookRequest): Promise<{ delivery: string; isNew: boolean }>;
  /** Metrics in the Prometheus text format. */
  metrics(): Promise<{ contentType: string; body: string }>;
  /** Refuses new calls, lets running ones finish up to the time given, then closes all modules in reverse order. */
  close(options?: CloseOptions): Promise<void>;
}
