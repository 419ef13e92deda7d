import type { Pid } from '@aios/protocol';
import { type Caller, type HandlersOf, handle } from '../../syscall/index.ts';
import { describeKey } from './key.ts';
import type { Keys } from './keys.ts';

/** `checkProcess` throws unless the caller may have calls made as the process. */
export function keyHandlers(keys: Keys, checkProcess: (caller: Caller, pid: Pid) => void): HandlersOf<'key'> {
  return {
    'key.create': handle(async (input, { caller, commit }) => {
      if (input.pid !== undefined) checkProcess(caller, input.pid);
      const { token, key } = await keys.create(caller, input, commit);
      return { token, key: describeKey(key) };
    }),
    'key.list': handle(({ all }, { caller }) => ({ keys: keys.list(caller.tenant, all).map(describeKey) })),
    'key.revoke': handle(async ({ id }, { caller, commit }) =>
      describeKey(await keys.revoke(caller.tenant, id, commit)),
    ),
  };
}
