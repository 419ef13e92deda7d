// Agents in programs elsewhere. Guarantees: a host runs only agents that its key may serve; a process waits until a host has
// room for it; one whose host is gone for good goes on with another host where it is durable, and is lost where it is not.

import type { Carrier } from '@aios/host';
import {
  type AgentManifest,
  AiosError,
  type JsonValue,
  type LinkFromHost,
  linkFromHost,
  toAiosError,
} from '@aios/protocol';
import { untilAborted } from '../../../syscall/index.ts';
import type { Logger } from '../../../telemetry/index.ts';
import type { Runtime, Task } from '../runtime.ts';
import { type HostOwner, RemoteHost } from './remote-host.ts';

export interface RemoteRuntimeOptions {
  /** Milliseconds that a host may be without a connection, and that a process which is not durable waits for a host. */
  readonly hostGraceMs: () => number;
  /** Largest frame that a host may send. */
  readonly maxFrameBytes: number;
  readonly logger: Logger;
}

/** One connection of a host, seen from the face that carries it. */
export interface HostLine {
  /** Takes a message of the host. */
  receive(text: string): void;
  /** To be called once, when the connection has ended. */
  lost(): void;
}

type Offer = Extract<LinkFromHost, { type: 'serve' }>;

/** Of the largest size: what a host may leave unconfirmed. */
const unconfirmedFrames = 16;

export class RemoteRuntime implements Runtime {
  readonly #options: RemoteRuntimeOptions;
  readonly #hosts = new Map<string, RemoteHost>();
  /** Resolved, and made anew, when there may be room for a process that waits. */
  #room = Promise.withResolvers<void>();

  constructor(options: RemoteRuntimeOptions) {
    this.#options = options;
  }

  /** The manifest of an agent that a host serves at the moment. */
  served(tenant: string, agent: string): AgentManifest | undefined {
    for (const host of this.#hosts.values()) {
      const manifest = host.owner.tenant === tenant ? host.manifestOf(agent) : undefined;
      if (manifest !== undefined) return manifest;
    }
    return undefined;
  }

  /** Takes a connection on which a host is to say what it serves. */
  accept(owner: HostOwner, carrier: Carrier): HostLine {
    let host: RemoteHost | undefined;
    const refuse = (error: AiosError) => {
      carrier.send(JSON.stringify({ type: 'refused', error: error.toProblem() }));
      carrier.close(error.message);
    };
    return {
      receive: (text) => {
        try {
          const frame = parseFrame(text);
          const link = linkFromHost.safeParse(frame).data;
          if (host === undefined) host = this.#serve(owner, carrier, link);
          else if (link === undefined) host.receive(frame);
          else if (link.type === 'ack') host.confirm(link.received);
          else if (link.type === 'leave') host.leave('it went away');
        } catch (error) {
          // A host that cannot be understood is not to be trusted with the rest.
          host?.leave(toAiosError(error).message);
          refuse(toAiosError(error));
        }
      },
      lost: () => host?.detach(carrier),
    };
  }

  describe(): Promise<AgentManifest> {
    throw new AiosError('internal', 'A remote agent is described by the host that serves it.');
  }

  async run(task: Task): Promise<JsonValue> {
    const late = Promise.withResolvers<never>();
    const giveUp = () => late.reject(nobody(task));
    const timer = task.isDurable ? undefined : setTimeout(giveUp, this.#options.hostGraceMs());
    try {
      // Between the choice of a host and the start on it nothing else may happen, else several took the same place.
      for (let host = this.#pick(task); ; host = this.#pick(task)) {
        task.signal.throwIfAborted();
        if (host !== undefined) return await this.#runOn(host, task, timer);
        await untilAborted(Promise.race([this.#room.promise, late.promise]), task.signal);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts.values()) host.leave('the kernel closes');
  }

  #serve(owner: HostOwner, carrier: Carrier, offer: LinkFromHost | undefined): RemoteHost {
    if (offer?.type !== 'serve')
      throw new AiosError(
        'invalid_argument',
        'The first frame must be serve, with the agents that the host runs.',
      );
    for (const { name } of offer.agents) owner.check(name);
    const id = JSON.stringify([owner.tenant, owner.user, owner.key, offer.host]);
    const known = this.#hosts.get(id);
    const host = known ?? this.#create(id, owner);
    host.attach(carrier, offer, known !== undefined);
    this.#announce(offer);
    this.#tellRoom();
    return host;
  }

  #create(id: string, owner: HostOwner): RemoteHost {
    const { hostGraceMs, maxFrameBytes } = this.#options;
    const host = new RemoteHost({
      owner,
      graceMs: hostGraceMs,
      maxUnconfirmedBytes: maxFrameBytes * unconfirmedFrames,
      onGone: (gone) => {
        if (this.#hosts.get(id) === gone) this.#hosts.delete(id);
      },
    });
    this.#hosts.set(id, host);
    return host;
  }

  #announce({ agents, maxProcesses }: Offer): void {
    this.#options.logger.info(
      { agents: agents.map(({ name }) => name), maxProcesses },
      'a host serves agents',
    );
  }

  async #runOn(host: RemoteHost, task: Task, timer: NodeJS.Timeout | undefined): Promise<JsonValue> {
    clearTimeout(timer);
    try {
      return await host.run(task);
    } finally {
      this.#tellRoom();
    }
  }

  /** The least busy host that may run the process. */
  #pick(task: Task): RemoteHost | undefined {
    const able = [...this.#hosts.values()].filter(
      (host) => host.mayRun(task) && this.#isAllowed(host, task.agent),
    );
    return able.sort((left, right) => left.load - right.load)[0];
  }

  /** A key that was revoked since is of no use any more. */
  #isAllowed(host: RemoteHost, agent: string): boolean {
    try {
      host.owner.check(agent);
      return true;
    } catch (error) {
      this.#options.logger.warn({ error, agent }, 'a host may not serve an agent any more');
      host.leave(toAiosError(error).message);
      return false;
    }
  }

  #tellRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}

function nobody({ agent }: Task): AiosError {
  return new AiosError(
    'unavailable',
    `No program serves the agent "${agent}" now, or none has room. Start one, or run the process durably: then it waits.`,
  );
}

function parseFrame(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AiosError('invalid_argument', 'Frames are JSON texts; this one is not.', { cause });
  }
}
