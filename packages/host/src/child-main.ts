// The program of a child process: runs one agent, talking to the kernel over a socket that it inherits. That it holds the
// socket is what says who it is: no address, no token, nothing that another process could use.

import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { type FromHost, type ToHost, toHost } from '@aios/protocol';
import { AgentHost } from './agent-host.ts';
import { FrameStream } from './frame-stream.ts';
import { importAgent, offerImports } from './import-agent.ts';

/** File descriptors that the kernel hands over. */
const [channel, lifeline] = [3, 4];
const maxBytes = 2 ** 30;

const { offeredImports } = JSON.parse(process.argv[2] ?? '{}') as {
  offeredImports?: Record<string, string>;
};
offerImports(offeredImports ?? {});
new Worker(new URL('./orphan-watch.ts', import.meta.url), {
  workerData: { lifeline },
  resourceLimits: { maxOldGenerationSizeMb: 16 },
}).unref();

/** An agent that has returned may have left timers and sockets behind, so the program does not end by itself. */
function leave(): void {
  void stream.flush().then(() => process.exit(0));
}

function send(frame: FromHost): void {
  stream.send(frame);
  if (frame.type === 'described') leave();
}

function receive(frame: ToHost): void {
  if (frame.type === 'drop') process.exit(0);
  host.receive(frame);
}

const host = new AgentHost({ send, load: ({ entry }) => importAgent(entry), onSettled: leave });
const stream = new FrameStream(new Socket({ fd: channel }), {
  maxFrameBytes: maxBytes,
  maxWaitingBytes: maxBytes,
  onFrame: (frame) => receive(toHost.parse(frame)),
  onEnd: () => process.exit(0),
});

process.on('unhandledRejection', (reason) => {
  console.error('The agent left a rejected promise unhandled:', reason);
});
process.on('uncaughtException', (error) => {
  for (const pid of host.running) host.fail(pid, error);
  leave();
});
