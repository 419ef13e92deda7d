import { AgentHost, manifestOf, ResumableLink } from '@aios/host';
import {
  type AgentDefinition,
  AiosError,
  type LinkFromHost,
  type LinkToHost,
  linkToHost,
  toHost,
} from '@aios/protocol';
import { type Endpoint, unreachable } from '../connection/explain-failure.ts';
import { openWebSocket } from '../connection/web-socket.ts';

export interface HostLinkOptions {
  readonly endpoint: Endpoint;
  readonly agents: readonly AgentDefinition[];
  readonly maxProcesses: number;
}

/** A connection on which the kernel takes the offer. `ended` resolves with what ended it. */
export interface ServedConnection {
  readonly ended: Promise<AiosError>;
}

const servePath = '/api/serve';
const maxUnconfirmedBytes = 256_000_000;

/** The agents that run here and their link to the kernel, over all of its connections. */
export class HostLink {
  readonly #options: HostLinkOptions;
  readonly #id = crypto.randomUUID();
  readonly #host: AgentHost;
  #link: ResumableLink;
  #socket: WebSocket | undefined;

  constructor(options: HostLinkOptions) {
    this.#options = options;
    const byName = new Map(options.agents.map((agent) => [agent.manifest.name, agent]));
    this.#link = this.#newLink();
    this.#host = new AgentHost({
      send: (frame) => this.#link.send(frame),
      load: async ({ agent }) => {
        const definition = byName.get(agent);
        if (definition !== undefined) return definition;
        throw new AiosError('not_found', `This program serves no agent "${agent}".`);
      },
    });
  }

  /** Resolves once the kernel has taken the offer. */
  async connect(signal: AbortSignal): Promise<ServedConnection> {
    const { endpoint, agents, maxProcesses } = this.#options;
    const socket = await openWebSocket(endpoint, servePath, signal);
    this.#socket = socket;
    const carrier = {
      send: (text: string) => socket.send(text),
      close: (reason: string) => socket.close(1000, reason.slice(0, 40)),
    };
    const accepted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<AiosError>();
    socket.addEventListener('close', () => {
      this.#link.detach(carrier);
      const lost = unreachable(`The connection to the kernel at ${endpoint.url.origin} was lost.`);
      accepted.reject(lost);
      ended.resolve(lost);
    });
    socket.addEventListener('message', ({ data }) => {
      const frame: unknown = JSON.parse(String(data));
      const link = linkToHost.safeParse(frame).data;
      if (link === undefined) this.#receive(frame);
      else if (link.type === 'ack') this.#link.confirm(link.received);
      else if (link.type === 'refused') accepted.reject(AiosError.fromProblem(link.error));
      else {
        this.#attach(link, carrier);
        accepted.resolve();
      }
    });
    const offer: LinkFromHost = {
      type: 'serve',
      host: this.#id,
      agents: agents.map(manifestOf),
      maxProcesses,
      received: this.#link.received,
    };
    socket.send(JSON.stringify(offer));
    await accepted.promise;
    return { ended: ended.promise };
  }

  /** Tells the kernel that this host will not come back, and ends what runs here. */
  async close(): Promise<void> {
    const socket = this.#socket;
    const leave: LinkFromHost = { type: 'leave' };
    if (socket?.readyState === WebSocket.OPEN) {
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
      socket.send(JSON.stringify(leave));
      socket.close(1000);
      await closed;
    }
    this.#abortAll('The program serves the agent no longer.');
  }

  #attach(
    { resumed, received }: Extract<LinkToHost, { type: 'serving' }>,
    carrier: Parameters<ResumableLink['attach']>[0],
  ) {
    if (!resumed) {
      // A kernel that was started anew, or waited too long: it has given up what runs here.
      this.#abortAll('The kernel has given up the process here; it goes on elsewhere, or is lost.');
      this.#link = this.#newLink();
    }
    this.#link.attach(carrier, received);
  }

  #receive(frame: unknown): void {
    this.#link.take();
    this.#host.receive(toHost.parse(frame));
  }

  #abortAll(why: string): void {
    for (const pid of this.#host.running) this.#host.abort(pid, new AiosError('cancelled', why));
  }

  #newLink(): ResumableLink {
    return new ResumableLink({
      maxUnconfirmedBytes,
      onOverflow: () => this.#abortAll('The kernel takes nothing any more.'),
    });
  }
}
