// A host of agents beside the kernel, whose connection the test can cut. Frames take the way that they take over a WebSocket:
// as texts, and never within the call that sends them.

import { pathToFileURL } from 'node:url';
import { AgentHost, type Carrier, importAgent, manifestOf, ResumableLink } from '@aios/host';
import { type AgentDefinition, AiosError, linkToHost, type Problem, toHost } from '@aios/protocol';
import type { Kernel } from '../../../kernel-api.ts';

/** The agent in a file under another name. */
export async function agentNamed(name: string, file: string): Promise<AgentDefinition> {
  const definition = await importAgent(pathToFileURL(file).href);
  return { ...definition, manifest: { ...definition.manifest, name } };
}

export class TestHost {
  readonly #id = crypto.randomUUID();
  readonly #agents: readonly AgentDefinition[];
  readonly #maxProcesses: number;
  #link = new ResumableLink({ maxUnconfirmedBytes: 1e9, onOverflow: () => undefined });
  readonly host: AgentHost;
  /** Pids that were started here, in order. */
  readonly started: number[] = [];
  #cut: (() => void) | undefined;

  constructor(agents: readonly AgentDefinition[], maxProcesses = 100) {
    this.#agents = agents;
    this.#maxProcesses = maxProcesses;
    this.host = new AgentHost({
      send: (frame) => this.#link.send(frame),
      load: async ({ agent }) => {
        const found = agents.find(({ manifest }) => manifest.name === agent);
        if (found === undefined) throw new AiosError('not_found', 'no such agent');
        return found;
      },
    });
  }

  /** Resolves once the kernel has taken or refused the offer. */
  async connect(kernel: Kernel, token: string): Promise<Problem | 'serving' | 'resumed'> {
    const answer = Promise.withResolvers<Problem | 'serving' | 'resumed'>();
    let isOpen = true;
    const later = (work: () => void) => setImmediate(() => isOpen && work());
    const line = kernel.attachHost(kernel.open(token), {
      send: (text) => later(() => this.#receive(text, carrier, answer.resolve)),
      close: () => later(() => this.#cut?.()),
    });
    const carrier: Carrier = {
      send: (text) => later(() => line.receive(text)),
      close: () => undefined,
    };
    this.#cut = () => {
      if (!isOpen) return;
      isOpen = false;
      this.#link.detach(carrier);
      line.lost();
    };
    const agents = this.#agents.map(manifestOf);
    const offer = { host: this.#id, agents, maxProcesses: this.#maxProcesses, received: this.#link.received };
    carrier.send(JSON.stringify({ type: 'serve', ...offer }));
    this.say = (text) => carrier.send(text);
    return await answer.promise;
  }

  /** Loses the connection, and what is on its way. */
  cut(): void {
    this.#cut?.();
  }

  /** Sends a text over the present connection. */
  say: (text: string) => void = () => undefined;

  #receive(text: string, carrier: Carrier, answer: (what: Problem | 'serving' | 'resumed') => void): void {
    const frame: unknown = JSON.parse(text);
    const link = linkToHost.safeParse(frame).data;
    if (link?.type === 'ack') this.#link.confirm(link.received);
    else if (link?.type === 'refused') answer(link.error);
    else if (link?.type === 'serving') {
      if (!link.resumed) {
        for (const pid of this.host.running) this.host.abort(pid, new AiosError('cancelled', 'given up'));
        this.#link = new ResumableLink({ maxUnconfirmedBytes: 1e9, onOverflow: () => undefined });
      }
      this.#link.attach(carrier, link.received);
      answer(link.resumed ? 'resumed' : 'serving');
    } else {
      this.#link.take();
      const parsed = toHost.parse(frame);
      if (parsed.type === 'start') this.started.push(parsed.pid);
      this.host.receive(parsed);
    }
  }
}
