// What runs in each thread of the worker runtime: agents’ code, many agents at a time, talking to the kernel by messages.

import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { importAgent, manifestOf, offerImports } from '@aios/host';
import {
  AiosError,
  type CallOptions,
  type JsonValue,
  type SyscallChannel,
  type SyscallName,
  type SyscallOutput,
  toAiosError,
} from '@aios/protocol';
import { SignalFeed } from '../lifecycle/signal-feed.ts';
import type { FromThread, Outcome, ToThread } from './messages.ts';
import { beatMs, Pulse } from './pulse.ts';

interface OpenCall {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onChunk: ((chunk: never) => void) | undefined;
}

interface ThreadData {
  readonly offeredImports: Readonly<Record<string, string>>;
  readonly pulse: SharedArrayBuffer;
}

interface RunningTask {
  readonly controller: AbortController;
  readonly signals: SignalFeed;
  readonly calls: Map<number, OpenCall>;
}

if (parentPort === null) throw new Error('worker-thread.ts is started by the worker runtime only.');
const port = parentPort;
const { offeredImports, pulse: shared } = workerData as ThreadData;
const pulse = new Pulse(shared);
const tasks = new Map<number, RunningTask>();
/** Whose code runs. */
const current = new AsyncLocalStorage<number>();

const send = (message: FromThread) => port.postMessage(message);

async function outcomeOf<Output>(work: Promise<Output>): Promise<Outcome<Output>> {
  try {
    return { ok: true, output: await work };
  } catch (error) {
    return { ok: false, error: toAiosError(error).toProblem() };
  }
}

function channelOf(task: number, { calls }: RunningTask): SyscallChannel {
  let count = 0;
  return {
    call<Name extends SyscallName>(name: Name, input: unknown, options: CallOptions<Name> = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<SyscallOutput<Name>>();
      count += 1;
      const call = count;
      const { signal, onChunk, deadlineMs } = options;
      // The kernel answers a call with the output of that call.
      calls.set(call, { resolve: resolve as (output: unknown) => void, reject, onChunk });
      const onAbort = () => send({ type: 'cancel', task, call });
      signal?.addEventListener('abort', onAbort, { once: true });
      send({ type: 'call', task, call, name, input, stream: onChunk !== undefined, deadlineMs });
      if (signal?.aborted) onAbort();
      return promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
  };
}

async function start(task: number, entry: string, input: JsonValue): Promise<void> {
  const running: RunningTask = {
    controller: new AbortController(),
    signals: new SignalFeed(),
    calls: new Map(),
  };
  const { controller, signals } = running;
  tasks.set(task, running);
  const work = async () => {
    const definition = await importAgent(entry);
    send({ type: 'started', task });
    return await definition.start(input, channelOf(task, running), controller.signal, (listener) => {
      if (!signals.hasListeners) send({ type: 'listening', task });
      signals.listen(listener);
    });
  };
  const outcome = await outcomeOf(current.run(task, work));
  if (tasks.delete(task)) reportEnd(task, outcome);
}

/** An output that cannot be sent (a function, say) ends the process as failed instead of never. */
function reportEnd(task: number, outcome: Outcome<JsonValue>): void {
  try {
    send({ type: 'ended', task, outcome });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = new AiosError('internal', `The agent’s output is not JSON: ${message}`).toProblem();
    send({ type: 'ended', task, outcome: { ok: false, error: problem } });
  }
}

function leave(task: number, error: AiosError): void {
  const running = tasks.get(task);
  tasks.delete(task);
  running?.controller.abort(error);
  for (const call of running?.calls.values() ?? []) call.reject(error);
}

function settle(task: number, call: number, outcome: Outcome): void {
  const open = tasks.get(task)?.calls.get(call);
  tasks.get(task)?.calls.delete(call);
  if (outcome.ok) open?.resolve(outcome.output);
  else open?.reject(AiosError.fromProblem(outcome.error));
}

async function receive(message: ToThread): Promise<void> {
  pulse.enter(message.type === 'describe' ? -message.request : message.task);
  switch (message.type) {
    case 'describe': {
      const load = async () => manifestOf(await importAgent(message.entry));
      const outcome = await outcomeOf(current.run(-message.request, load));
      return send({ type: 'described', request: message.request, outcome });
    }
    case 'start':
      return await start(message.task, message.entry, message.input);
    case 'signal':
      return tasks.get(message.task)?.signals.deliver(message.signal);
    case 'drop':
      tasks.delete(message.task);
      return;
    case 'end':
      return tasks.get(message.task)?.controller.abort(AiosError.fromProblem(message.error));
    case 'abort':
      leave(message.task, AiosError.fromProblem(message.error));
      return send({ type: 'aborted', task: message.task });
    case 'chunk':
      return tasks
        .get(message.task)
        ?.calls.get(message.call)
        ?.onChunk?.(message.chunk as never);
    case 'reply':
      return settle(message.task, message.call, message.outcome);
  }
}

// A promise that an agent forgot must not take its neighbours down with the thread.
process.on('unhandledRejection', (reason) => {
  console.error('An agent left a rejected promise unhandled:', reason);
});
// Nor must an error that an agent let escape from a timer or a listener: it is the end of this agent alone.
process.on('uncaughtException', (error) => {
  const task = pulse.task;
  console.error('An agent let an error escape:', error);
  if (!tasks.has(task)) return;
  reportEnd(task, { ok: false, error: toAiosError(error).toProblem() });
  leave(task, toAiosError(error));
});
// Timers and input that an agent waits for by itself run its code without a message from the kernel.
createHook({ before: () => pulse.enter(current.getStore() ?? 0), trackPromises: false }).enable();
offerImports(offeredImports);
pulse.beat();
setInterval(() => pulse.beat(), beatMs).unref();
port.on('message', (message: ToThread) => void receive(message));
