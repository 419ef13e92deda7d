import { randomUUID } from 'node:crypto';
import type { ScriptedRequest } from '../scripted-model/index.ts';

const ids = new WeakMap<ScriptedRequest, string>();

/**
 * The id of the reply to a request: the same in all events of a stream, and another one for every request, since clients
 * such as LangGraph take two messages with one id for the same message.
 */
export function replyId(prefix: string, request: ScriptedRequest): string {
  const id = ids.get(request) ?? randomUUID();
  ids.set(request, id);
  return prefix + id;
}
