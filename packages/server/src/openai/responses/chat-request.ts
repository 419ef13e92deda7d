import type { ChatRequest, ResponseFormat } from '@aios/protocol';
import { type PlacedItem, toMessages } from './messages.ts';
import { refuse } from './refusal.ts';
import type { CreateRequest, TextFormat } from './request.ts';
import { chooseTools, type OfferedTools } from './tools.ts';

/** The call that answers a request; `items` is the whole conversation, what was said before included. */
export function toChatRequest(
  request: CreateRequest,
  items: readonly PlacedItem[],
  offered: OfferedTools,
): ChatRequest {
  const { instructions, model, reasoning, temperature, text } = request;
  const messages = toMessages(items);
  if (messages.length === 0) throw refuse('input', 'There is nothing to answer. Send `input`.');
  const format = toResponseFormat(text?.format);
  const user = request.safety_identifier ?? request.user;
  return {
    ...(model ? { model } : {}),
    orDefault: true,
    messages: instructions ? [{ role: 'system', content: instructions }, ...messages] : messages,
    ...chooseTools(offered, request.tool_choice),
    ...given('maxTokens', request.max_output_tokens),
    ...given('temperature', temperature),
    ...given('topP', request.top_p),
    ...given('parallelToolCalls', request.parallel_tool_calls),
    ...given('reasoningEffort', reasoning?.effort),
    ...given('verbosity', text?.verbosity),
    ...given('user', user),
    ...given('responseFormat', format),
  };
}

/** A field unless it was left out or null, which means the same to OpenAI. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [Key in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}

function toResponseFormat(format: TextFormat | null | undefined): ResponseFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json_object' };
  const { name, schema } = format;
  return {
    type: 'json_schema',
    name,
    schema,
    ...given('description', format.description),
    ...given('strict', format.strict),
  };
}
