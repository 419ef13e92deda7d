import type { ChatRequest } from '@aios/protocol';
import type { Continuation, NoContinuation } from '../context/index.ts';
import type { CoreSettings } from './settings/index.ts';

/**
 * How a core takes a reply up again that was stopped, or why it cannot. Engines read JSON and calls of tools from the whole of
 * a reply, so that the rest of one is read wrongly; Anthropic’s interface alone tells text and calls apart. What a model
 * thought stands before the text that it is sent and is missing then.
 */
export function continuationOf(
  request: ChatRequest,
  { provider, model, capabilities }: Pick<CoreSettings, 'provider' | 'model' | 'capabilities'>,
): Continuation | NoContinuation {
  const { tools = [], toolChoice, responseFormat, reasoningEffort = 'none' } = request;
  const { continuation } = provider.quirks;
  if (continuation === undefined) return { reason: `${provider.label} cannot go on with a reply` };
  if (continuation.models?.test(model) === false) return { reason: `${model} cannot go on with a reply` };
  if (responseFormat !== undefined) return { reason: 'the reply is to be JSON' };
  if (reasoningEffort !== 'none') return { reason: 'the model thinks' };
  if (!capabilities.includes('tools') && speaksOfTools(request)) return { reason: 'tools are emulated' };
  const mayCall = tools.length > 0 && toolChoice !== 'none';
  const isForced = mayCall && toolChoice !== undefined && toolChoice !== 'auto';
  if (isForced || (mayCall && !continuation.besideTools)) return { reason: 'the reply may call tools' };
  return continuation;
}

function speaksOfTools({ tools = [], messages }: ChatRequest): boolean {
  return tools.length > 0 || messages.some(({ role }) => role === 'tool');
}
