import type { JsonObject } from '@aios/protocol';
import type { ScriptedMessage, ScriptedRequest } from '../../scripted-model/index.ts';
import { listOf, objectOf, textOf } from '../../wire-server/index.ts';
import { toImage } from '../image.ts';
import type { ChatFlavour } from './flavours.ts';

/** A chat completions request as the scripted model sees it. */
export function toScriptedRequest(body: JsonObject, flavour: ChatFlavour): ScriptedRequest {
  const messages = listOf(body.messages).map(toScriptedMessage);
  const last = lastOfAssistant(body);
  const begun = last !== undefined && flavour.goesOn(body, last) ? messages.pop()?.text : undefined;
  const toolChoice = toToolChoice(body.tool_choice);
  const format = objectOf(body.response_format);
  return {
    model: textOf(body.model),
    messages,
    tools: functionsOf(body).map(({ name }) => textOf(name)),
    ...(toolChoice && { toolChoice }),
    ...(format.type === 'json_schema' && { schema: objectOf(objectOf(format.json_schema).schema) }),
    stream: body.stream === true,
    ...(begun !== undefined && { begun }),
  };
}

/** The last message where it is the assistant’s. */
export function lastOfAssistant(body: JsonObject): JsonObject | undefined {
  const last = listOf(body.messages).at(-1);
  return last?.role === 'assistant' ? last : undefined;
}

export function functionsOf(body: JsonObject): JsonObject[] {
  return listOf(body.tools).map((tool) => objectOf(tool.function));
}

function toScriptedMessage({ role, content }: JsonObject): ScriptedMessage {
  if (!Array.isArray(content)) return { role: textOf(role), text: textOf(content) };
  const parts = listOf(content);
  const images = parts
    .filter(({ type }) => type === 'image_url')
    .map((part) => toImage(textOf(objectOf(part.image_url).url) || textOf(part.image_url)));
  const texts = parts.filter(({ text }) => typeof text === 'string').map(({ text }) => textOf(text));
  return { role: textOf(role), text: texts.join('\n'), ...(images.length > 0 && { images }) };
}

/** `any` is Mistral’s word for `required`. */
function toToolChoice(choice: JsonObject[string] | undefined): ScriptedRequest['toolChoice'] {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  if (choice === 'any') return 'required';
  const name = textOf(objectOf(objectOf(choice).function).name);
  return name === '' ? undefined : { name };
}
