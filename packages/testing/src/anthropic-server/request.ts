import type { JsonObject } from '@aios/protocol';
import type { ScriptedImage, ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import { listOf, objectOf, textOf } from '../wire-server/index.ts';

/** A Messages request as the scripted model sees it. */
export function toScriptedRequest(body: JsonObject): ScriptedRequest {
  const system = textOfBlocks(blocksOf(body.system));
  const toolChoice = toToolChoice(objectOf(body.tool_choice));
  const format = objectOf(objectOf(body.output_config).format);
  const messages = listOf(body.messages);
  const begun = prefillOf(body);
  return {
    model: textOf(body.model),
    messages: [
      ...(system === '' ? [] : [{ role: 'system', text: system }]),
      ...(begun === undefined ? messages : messages.slice(0, -1)).flatMap(toScriptedMessages),
    ],
    tools: listOf(body.tools).map((tool) => textOf(tool.name)),
    ...(toolChoice && { toolChoice }),
    ...(format.type === 'json_schema' && { schema: objectOf(format.schema) }),
    stream: body.stream === true,
    ...(begun !== undefined && { begun }),
  };
}

/** The last message where it is the assistant’s: the reply goes on with it. */
export function prefillOf(body: JsonObject): string | undefined {
  const last = listOf(body.messages).at(-1);
  return last?.role === 'assistant' ? textOfBlocks(blocksOf(last.content)) : undefined;
}

/** The blocks of a content, which may be one text. */
export function blocksOf(content: JsonObject[string] | undefined): JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
}

/** Results of tools travel in a user’s message; the script sees each as a message of its own. */
function toScriptedMessages(message: JsonObject): ScriptedMessage[] {
  const blocks = blocksOf(message.content);
  const results = blocks.filter((block) => block.type === 'tool_result');
  const rest = blocks.filter((block) => block.type !== 'tool_result');
  const own = { role: textOf(message.role), ...contentOf(rest) };
  const messages = results.map((result) => ({ role: 'tool', ...contentOf(blocksOf(result.content)) }));
  return rest.length > 0 || results.length === 0 ? [...messages, own] : messages;
}

function contentOf(blocks: readonly JsonObject[]): Omit<ScriptedMessage, 'role'> {
  const images = blocks.filter(({ type }) => type === 'image').map(({ source }) => toImage(objectOf(source)));
  return { text: textOfBlocks(blocks), ...(images.length > 0 && { images }) };
}

function textOfBlocks(blocks: readonly JsonObject[]): string {
  return blocks
    .filter(({ type }) => type === 'text')
    .map(({ text }) => textOf(text))
    .join('\n');
}

function toImage(source: JsonObject): ScriptedImage {
  if (source.type === 'url') return { url: textOf(source.url) };
  return { data: textOf(source.data), mediaType: textOf(source.media_type) };
}

function toToolChoice({ type, name }: JsonObject): ScriptedRequest['toolChoice'] {
  switch (type) {
    case 'auto':
    case 'none':
      return type;
    case 'any':
      return 'required';
    case 'tool':
      return { name: textOf(name) };
    default:
      return undefined;
  }
}
