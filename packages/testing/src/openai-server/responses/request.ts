import type { JsonObject } from '@aios/protocol';
import type { ScriptedMessage, ScriptedRequest } from '../../scripted-model/index.ts';
import { listOf, objectOf, textOf } from '../../wire-server/index.ts';
import { toImage } from '../image.ts';

/** A Responses request as the scripted model sees it; `items` is the whole conversation. */
export function toScriptedRequest(body: JsonObject, items: readonly JsonObject[]): ScriptedRequest {
  const instructions = textOf(body.instructions);
  const toolChoice = toToolChoice(body.tool_choice);
  const format = objectOf(objectOf(body.text).format);
  return {
    model: textOf(body.model),
    messages: [
      ...(instructions === '' ? [] : [{ role: 'system', text: instructions }]),
      ...items.flatMap(toScriptedMessages),
    ],
    tools: functionsOf(body).map(({ name }) => textOf(name)),
    ...(toolChoice && { toolChoice }),
    ...(format.type === 'json_schema' && { schema: objectOf(format.schema) }),
    stream: body.stream === true,
  };
}

export function functionsOf(body: JsonObject): JsonObject[] {
  return listOf(body.tools).filter(({ type }) => type === 'function');
}

/** Reasoning and calls of the past say nothing that a script matches. */
function toScriptedMessages(item: JsonObject): ScriptedMessage[] {
  if (item.type === 'function_call_output') return [{ role: 'tool', ...contentOf(item.output) }];
  if (item.role === undefined) return [];
  return [{ role: textOf(item.role), ...contentOf(item.content) }];
}

function contentOf(content: JsonObject[string] | undefined): Omit<ScriptedMessage, 'role'> {
  if (!Array.isArray(content)) return { text: textOf(content) };
  const parts = listOf(content);
  const texts = parts.filter(({ text }) => typeof text === 'string').map(({ text }) => textOf(text));
  const images = parts
    .filter(({ type }) => type === 'input_image')
    .map((part) => toImage(textOf(part.image_url)));
  return { text: texts.join('\n'), ...(images.length > 0 && { images }) };
}

function toToolChoice(choice: JsonObject[string] | undefined): ScriptedRequest['toolChoice'] {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  const { type, name } = objectOf(choice);
  return type === 'function' ? { name: textOf(name) } : undefined;
}
