import { type Message, message } from '@aios/protocol';
import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { WaitFor } from '../wait/index.ts';
import type { Mailboxes } from './mailboxes.ts';

/** The system calls on messages. */
export function messageHandlers(mailboxes: Mailboxes, waitFor: WaitFor): HandlersOf<'message'> {
  return {
    'message.send': handle((input, { caller, commit, signal }) =>
      mailboxes.send(caller, input, commit, signal),
    ),
    'message.receive': handle(({ timeoutMs, ...filter }, context) => {
      const wish = { mode: 'any' as const, conditions: [{ ...filter, kind: 'message' as const }], timeoutMs };
      return waitFor(context, wish, context.commit, ([result]): Message => message.parse(result?.value));
    }),
    'message.reply': handle((input, { caller, commit }) => mailboxes.reply(caller, input, commit)),
    'message.publish': handle((input, { caller, commit }) => mailboxes.publish(caller, input, commit)),
    'message.subscribe': handle((input, { caller, commit }) =>
      mailboxes.subscribe(caller, input, true, commit),
    ),
    'message.unsubscribe': handle((input, { caller, commit }) =>
      mailboxes.subscribe(caller, input, false, commit),
    ),
  };
}
