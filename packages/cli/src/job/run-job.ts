import type { KernelEvent, ProcessDescription, SyscallRequest } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import type { Screen } from '../terminal/screen.ts';
import { ProgressView } from './progress-view.ts';

const eventTypes = ['process-changed', 'process-logged', 'syscall-started', 'syscall-settled'] as const;

export interface JobOptions {
  client: Client;
  request: SyscallRequest<'process.spawn'>;
  /** Where to show what the process does. */
  screen: Screen;
  /** Kills the process. */
  signal: AbortSignal;
}

/** Starts an agent, shows what it does and waits for its end, whichever it is. */
export async function runJob({ client, request, screen, signal }: JobOptions): Promise<ProcessDescription> {
  // Subscribed before the process exists, so that nothing is missed; what comes meanwhile waits for the pid.
  const early: KernelEvent[] = [];
  let show = (event: KernelEvent): void => void early.push(event);
  using _subscription = await client.subscribe({ types: [...eventTypes] }, (event) => show(event));
  const { pid } = await client.process.spawn(request);
  using view = new ProgressView(screen, pid);
  const belongs = familyOf(pid);
  show = (event) => {
    if (belongs(event)) view.show(event);
  };
  early.forEach(show);
  const killed = killOnAbort(client, pid, signal);
  try {
    return await client.process.wait({ pid });
  } finally {
    await killed.done();
  }
}

/** Whether an event is about a process or a descendant of it; learns of descendants from the events. */
function familyOf(root: number): (event: KernelEvent) => boolean {
  const members = new Set<number>([root]);
  return (event) => {
    if (!('pid' in event) || event.pid === undefined) return false;
    const parent = event.type === 'process-changed' ? event.parent : undefined;
    if (parent !== undefined && members.has(parent)) members.add(event.pid);
    return members.has(event.pid);
  };
}

function killOnAbort(client: Client, pid: ProcessDescription['pid'], signal: AbortSignal) {
  let killing: Promise<unknown> | undefined;
  const kill = (): void => {
    killing = client.process.kill({ pid, reason: 'Ctrl-C in the terminal that started it' });
    // Its failure is thrown by `done`; until then it must not count as unhandled.
    killing.catch(() => undefined);
  };
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  return {
    done: async () => {
      signal.removeEventListener('abort', kill);
      await killing;
    },
  };
}
