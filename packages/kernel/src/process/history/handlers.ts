import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { ProcessHistory } from './process-history.ts';
import type { Replays } from './replays.ts';

type HistoryCalls = 'process.replay' | 'process.fork' | 'process.revert';

/** The system calls on the past of processes. */
export function historyHandlers(
  history: ProcessHistory,
  replays: Replays,
): Pick<HandlersOf<'process'>, HistoryCalls> {
  return {
    'process.replay': handle(({ pid, timeoutMs }, { caller, signal, emit }) =>
      replays.replay(caller, { pid, timeoutMs, signal, onCall: (call) => emit?.(call) }),
    ),
    'process.fork': handle(async (input, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      return await history.fork(caller, input, commit);
    }),
    'process.revert': handle(async (input, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      return await history.revert(caller, input, commit);
    }),
  };
}
