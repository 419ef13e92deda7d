import type { EventOf, KernelEvent, LogEntry, Pid } from '@aios/protocol';

interface Described {
  readonly pid: Pid;
  readonly kind: LogEntry['kind'];
  readonly text: string;
}

/** The types of events that a log may tell of. What a process says itself is written with the call that says it. */
export const describedTypes = [
  'process-changed',
  'process-signalled',
  'process-adopted',
  'process-restart',
  'process-printed',
  'syscall-settled',
  'quota-warning',
  'quota-exceeded',
  'approval-requested',
  'approval-answered',
] as const;

/** The line of a process’s log that an event makes; nothing for events that concern no process. */
export function describeEvent(event: KernelEvent): Described | undefined {
  switch (event.type) {
    case 'process-changed':
      return { pid: event.pid, kind: 'state', text: `${event.to}: ${event.cause}` };
    case 'process-signalled':
      return { pid: event.pid, kind: 'state', text: describeSignal(event) };
    case 'process-adopted':
      return { pid: event.pid, kind: 'state', text: describeAdoption(event) };
    case 'process-restart':
      return { pid: event.pid, kind: 'state', text: describeRestart(event) };
    case 'process-printed':
      return { pid: event.pid, kind: event.stream, text: event.text };
    case 'syscall-settled':
      return event.pid === undefined
        ? undefined
        : { pid: event.pid, kind: 'syscall', text: describeCall(event) };
    case 'quota-warning':
    case 'quota-exceeded':
      return event.pid === undefined
        ? undefined
        : { pid: event.pid, kind: 'state', text: describeQuota(event) };
    case 'approval-requested':
    case 'approval-answered':
      return event.pid === undefined
        ? undefined
        : { pid: event.pid, kind: 'state', text: describeApproval(event) };
    default:
      return undefined;
  }
}

function describeSignal({ signal, sender, reason }: EventOf<'process-signalled'>): string {
  const by = sender === undefined ? '' : ` from process ${sender}`;
  return `signal ${signal}${by}${reason === undefined ? '' : `: ${reason}`}`;
}

function describeAdoption({ from, by }: EventOf<'process-adopted'>): string {
  return by === undefined ? `parent ${from} has ended` : `parent ${from} has ended; adopted by process ${by}`;
}

function describeRestart({ restartAt, cause }: EventOf<'process-restart'>): string {
  return restartAt === undefined ? `given up: ${cause}` : `is started again at ${restartAt}: ${cause}`;
}

function describeQuota(event: EventOf<'quota-warning'> | EventOf<'quota-exceeded'>): string {
  const { scope, name, dimension, window, used, limit } = event;
  const amounts = `${used} of ${limit} ${dimension} (${window}) of the ${scope} ${name} are used`;
  return event.type === 'quota-warning' ? `warning: ${amounts}` : `${event.atLimit}: ${amounts}`;
}

function describeApproval(event: EventOf<'approval-requested'> | EventOf<'approval-answered'>): string {
  const call = event.target === undefined ? event.name : `${event.name} ${event.target}`;
  if (event.type === 'approval-requested')
    return `approval ${event.approval} is needed for ${call}: ${event.reason}`;
  return `approval ${event.approval} for ${call}: ${event.decision}, by ${event.by}`;
}

function describeCall(event: EventOf<'syscall-settled'>): string {
  const { name, target, status, code, message, durationMs, usage, parentCall } = event;
  const tokens = usage && `${usage.inputTokens}+${usage.outputTokens} tokens`;
  const outcome = status === 'error' ? `${code}: ${message}` : status;
  return [parentCall && '·', name, target, outcome, `${durationMs.toFixed(1)} ms`, tokens]
    .filter(Boolean)
    .join(' ');
}
