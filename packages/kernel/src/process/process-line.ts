import { type CallRequest, createLine, type Line } from '../syscall/index.ts';
import type { Process } from './process.ts';

/** The line of a process to the kernel. A suspended process’s calls wait here, and signals are heard before a call is made. */
export function createProcessLine(
  process: Process,
  run: (request: CallRequest) => Promise<unknown>,
  onRunOver: (process: Process) => void,
): Line {
  return createLine({
    run: (request) => {
      const delay = delayOf(process, request.place?.sequence ?? 0);
      const answer = delay === undefined ? run(request) : delay.then(() => run(request));
      // What comes of it must be the very promise that the agent may forget, so that this is noticed.
      const told = answer.finally(() => {
        process.endCall(request.opened);
        if (process.isRunOver) onRunOver(process);
        // Nobody is left who could hear of it.
        if (process.stopped !== undefined) heard.catch(() => undefined);
      });
      const mayBeLeft = process.options.durable || request.name === 'process.continue';
      const heard = mayBeLeft ? heardBy(process, told) : told;
      return heard;
    },
    identify: () => process.identify(),
    among: process.calls,
    open: () => process.beginCall(),
    numberedAfter: process.options.run.sequence,
  });
}

/** The answer, unless the agent’s code is dropped before: then it never comes, so that the code does not go on. */
function heardBy(process: Process, answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    answer.then(
      (output) => {
        if (process.stopped !== 'dropped') resolve(output);
      },
      (error: unknown) => {
        if (process.stopped !== 'dropped') reject(error);
      },
    );
  });
}

function delayOf(process: Process, call: number): Promise<void> | undefined {
  const { gate } = process.life;
  if (gate.isClosed) return gate.pass(process.signal).then(() => process.signals.hearBefore(call));
  return process.signals.hearBefore(call);
}
