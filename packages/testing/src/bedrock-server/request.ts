import type { JsonObject } from '@aios/protocol';
import type { ScriptedImage, ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import { listOf, objectOf, textOf } from '../wire-server/index.ts';

/** A Converse request as the scripted model sees it; the model and the kind of reply are in the path. */
export function toScriptedRequest(body: JsonObject, model: string, stream: boolean): ScriptedRequest {
  const system = textOfBlocks(listOf(body.system));
  const { tools, toolChoice } = objectOf(body.toolConfig);
  const choice = toToolChoice(objectOf(toolChoice));
  const format = structuredFormat(body);
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system', text: system }]),
      ...listOf(body.messages).flatMap(toScriptedMessages),
    ],
    tools: listOf(tools).map(({ toolSpec }) => textOf(objectOf(toolSpec).name)),
    ...(choice && { toolChoice: choice }),
    ...(format.type === 'json_schema' && { schema: objectOf(format.schema) }),
    stream,
  };
}

/** Claude’s own structured output: Bedrock hands fields it does not know on to the model. */
export function structuredFormat(body: JsonObject): JsonObject {
  return objectOf(objectOf(objectOf(body.additionalModelRequestFields).output_config).format);
}

/** Results of tools travel in a user’s message; the script sees each as a message of its own. */
function toScriptedMessages(message: JsonObject): ScriptedMessage[] {
  const blocks = listOf(message.content);
  const results = blocks.filter((block) => block.toolResult !== undefined);
  const rest = blocks.filter((block) => block.toolResult === undefined);
  const own = { role: textOf(message.role), ...contentOf(rest) };
  const messages = results.map(({ toolResult }) => ({
    role: 'tool',
    ...contentOf(listOf(objectOf(toolResult).content)),
  }));
  return rest.length > 0 || results.length === 0 ? [...messages, own] : messages;
}

function contentOf(blocks: readonly JsonObject[]): Omit<ScriptedMessage, 'role'> {
  const images = blocks
    .filter(({ image }) => image !== undefined)
    .map(({ image }) => toImage(objectOf(image)));
  return { text: textOfBlocks(blocks), ...(images.length > 0 && { images }) };
}

function textOfBlocks(blocks: readonly JsonObject[]): string {
  return blocks
    .filter(({ text }) => text !== undefined)
    .map(({ text }) => textOf(text))
    .join('\n');
}

function toImage({ format, source }: JsonObject): ScriptedImage {
  const { bytes, s3Location } = objectOf(source);
  if (s3Location !== undefined) return { url: textOf(objectOf(s3Location).uri) };
  return { data: textOf(bytes), mediaType: `image/${textOf(format)}` };
}

function toToolChoice({ auto, any, tool }: JsonObject): ScriptedRequest['toolChoice'] {
  if (auto !== undefined) return 'auto';
  if (any !== undefined) return 'required';
  return tool === undefined ? undefined : { name: textOf(objectOf(tool).name) };
}
