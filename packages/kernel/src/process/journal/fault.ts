import { AiosError, isSyscallName, type SyscallName } from '@aios/protocol';
import { type Boundary, boundaries } from '../../syscall/index.ts';

/** Told each time that a call of a durable process comes to a boundary; may end the kernel there. */
export type Fault = (boundary: Boundary, call: FaultyCall) => void;

interface FaultyCall {
  readonly name: string;
  /** What the call is about, such as the name of a tool. */
  readonly target: string | null;
}

interface Plan {
  readonly boundary: Boundary;
  /** Any call when absent. */
  readonly call: SyscallName | undefined;
  /** Any target when absent. */
  readonly target: string | undefined;
  /** How many times the boundary is passed before. */
  readonly passes: number;
}

/**
 * Kills this very program (SIGKILL) where `AIOS_FAULT` says: `BOUNDARY[:CALL[=TARGET][:COUNT]]`, such as `after-dispatch`,
 * `after-receipt:memory.add`, `after-answer:tool.call=payments.pay` or `after-journal:*:3`. For `aios chaos` and tests of crash recovery. Nothing when the variable
 * is not set; throws `invalid_argument` when it says something else.
 */
export function createFault(text: string | undefined): Fault | undefined {
  if (text === undefined || text === '') return undefined;
  const { boundary, call, target, passes } = parsePlan(text);
  let left = passes;
  return (reached, at) => {
    if (reached !== boundary || (call !== undefined && call !== at.name)) return;
    if (target !== undefined && target !== at.target) return;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    left -= 1;
  };
}

function parsePlan(text: string): Plan {
  const [name, called = '*', count = '1', ...rest] = text.split(':');
  const [call = '*', target, ...more] = called.split('=');
  const boundary = boundaries.find((known) => known === name);
  const times = Number(count);
  const isCall = call === '*' || isSyscallName(call);
  if (
    boundary === undefined ||
    !isCall ||
    !(Number.isInteger(times) && times > 0) ||
    rest.length + more.length > 0
  ) {
    throw new AiosError(
      'invalid_argument',
      `AIOS_FAULT must be BOUNDARY[:CALL[=TARGET][:COUNT]] with one of the boundaries ${boundaries.join(', ')}; it is ${JSON.stringify(text)}.`,
      { disposition: 'operator' },
    );
  }
  return { boundary, call: isSyscallName(call) ? call : undefined, target, passes: times - 1 };
}
