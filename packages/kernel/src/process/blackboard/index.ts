// The blackboard: versioned values that the processes of a tenant share, with compare-and-set.

import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { Blackboard } from './blackboard.ts';

export { Blackboard } from './blackboard.ts';

export function blackboardHandlers(blackboard: Blackboard): HandlersOf<'blackboard'> {
  return {
    'blackboard.get': handle(({ key }, { caller: { tenant } }) => blackboard.get({ tenant, key })),
    'blackboard.set': handle(({ key, value, ifVersion }, { caller: { tenant }, commit }) =>
      commit((transaction) => blackboard.set(transaction, { tenant, key }, value, ifVersion)),
    ),
    'blackboard.delete': handle(({ key, ifVersion }, { caller: { tenant }, commit }) =>
      commit(async (transaction) => ({
        isDeleted: await blackboard.delete(transaction, { tenant, key }, ifVersion),
      })),
    ),
  };
}
