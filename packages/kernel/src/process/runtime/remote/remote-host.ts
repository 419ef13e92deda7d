import { type Carrier, ResumableLink } from '@aios/host';
import type { AgentManifest, LinkFromHost } from '@aios/protocol';
import { HostConnection } from '../host-connection.ts';
import type { Task } from '../runtime.ts';

/** Who offers to run agents. */
export interface HostOwner {
  readonly tenant: string;
  readonly user: string;
  readonly key: string | undefined;
  /** Throws once it may not serve this agent any more. */
  readonly check: (agent: string) => void;
}

export interface RemoteHostOptions {
  readonly owner: HostOwner;
  readonly maxUnconfirmedBytes: number;
  /** Milliseconds that it may be without a connection. */
  readonly graceMs: () => number;
  readonly onGone: (host: RemoteHost) => void;
}

/** A program elsewhere that serves agents, over all of its connections. */
export class RemoteHost {
  readonly owner: HostOwner;
  readonly #options: RemoteHostOptions;
  readonly #connection: HostConnection;
  readonly #link: ResumableLink;
  #manifests = new Map<string, AgentManifest>();
  #maxProcesses = 1;
  #grace: NodeJS.Timeout | undefined;

  constructor(options: RemoteHostOptions) {
    this.owner = options.owner;
    this.#options = options;
    this.#link = new ResumableLink({
      maxUnconfirmedBytes: options.maxUnconfirmedBytes,
      onOverflow: () => this.leave('it does not take what it is sent'),
    });
    this.#connection = new HostConnection((frame) => this.#link.send(frame));
  }

  get load(): number {
    return this.#connection.taskCount / this.#maxProcesses;
  }

  manifestOf(agent: string): AgentManifest | undefined {
    return this.#manifests.get(agent);
  }

  /** Whether it is there and has room for one more process of the agent. */
  mayRun({ tenant, agent }: Pick<Task, 'tenant' | 'agent'>): boolean {
    const { owner } = this;
    return owner.tenant === tenant && this.#manifests.has(agent) && this.load < 1 && this.#link.isAttached;
  }

  run(task: Task) {
    return this.#connection.run(task);
  }

  /** Goes on over a new connection. */
  attach(carrier: Carrier, offer: Extract<LinkFromHost, { type: 'serve' }>, isResumed: boolean): void {
    this.#manifests = new Map(offer.agents.map((manifest) => [manifest.name, manifest]));
    this.#maxProcesses = offer.maxProcesses;
    this.#link.close('replaced by another connection of the same host');
    clearTimeout(this.#grace);
    const serving = { type: 'serving', resumed: isResumed, received: this.#link.received };
    carrier.send(JSON.stringify(serving));
    this.#link.attach(carrier, isResumed ? offer.received : 0);
  }

  /** A connection was lost: the host has a while to come back. */
  detach(carrier: Carrier): void {
    this.#link.detach(carrier);
    if (this.#link.isAttached) return;
    const graceMs = this.#options.graceMs();
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.leave(`it was not heard of for ${graceMs} ms`), graceMs).unref();
  }

  /** Throws `invalid_argument` for what is no host frame. */
  receive(frame: unknown): void {
    this.#link.take();
    this.#connection.receive(frame);
  }

  confirm(received: number): void {
    this.#link.confirm(received);
  }

  /** Ends it: what it ran goes on elsewhere or is lost. */
  leave(why: string): void {
    clearTimeout(this.#grace);
    this.#options.onGone(this);
    this.#connection.leave(why);
    this.#link.close(why);
  }
}
