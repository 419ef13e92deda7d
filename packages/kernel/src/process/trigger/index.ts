// Triggers: agents that are started, or told, by a webhook, a change of a file, a message or the end of a process.

import { type HandlersOf, handle } from '../../syscall/index.ts';
import { baseOf } from './file-source.ts';
import type { Triggers } from './triggers.ts';

export type { Files } from './file-source.ts';
export { TriggerStore } from './trigger-store.ts';
export { Triggers } from './triggers.ts';
export type { WebhookRequest } from './webhook.ts';

export function triggerHandlers(triggers: Triggers): HandlersOf<'trigger'> {
  return {
    'trigger.create': handle(async (input, { caller, commit, authorise }) => {
      await authorise(input.deliver === 'start' ? 'process.spawn' : 'message.send', input.agent);
      if (input.on.kind === 'file') await authorise('storage.list', baseOf(input.on));
      return await triggers.create(caller, input, commit);
    }),
    'trigger.list': handle(({ limit }, { caller }) => triggers.list(caller, limit)),
    'trigger.delete': handle(({ trigger }, { caller, commit }) => triggers.delete(caller, trigger, commit)),
  };
}
