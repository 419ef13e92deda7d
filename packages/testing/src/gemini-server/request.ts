import type { JsonObject } from '@aios/protocol';
import type { ScriptedImage, ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import { listOf, objectOf, textOf, textsOf } from '../wire-server/index.ts';

/** A generateContent request as the scripted model sees it; the path names the model and whether to stream. */
export function toScriptedRequest(
  body: JsonObject,
  { model, stream }: { model: string; stream: boolean },
): ScriptedRequest {
  const system = textOfParts(listOf(objectOf(body.systemInstruction).parts));
  const toolChoice = toToolChoice(objectOf(objectOf(body.toolConfig).functionCallingConfig));
  const schema = schemaOf(objectOf(body.generationConfig));
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system', text: system }]),
      ...listOf(body.contents).flatMap(toScriptedMessages),
    ],
    tools: functionDeclarations(body).map(({ name }) => textOf(name)),
    ...(toolChoice && { toolChoice }),
    ...(schema && { schema }),
    stream,
  };
}

export function functionDeclarations(body: JsonObject): JsonObject[] {
  return listOf(body.tools).flatMap((tool) => listOf(tool.functionDeclarations));
}

/** Results of functions travel as parts of a content; the script sees each as a message of its own. */
function toScriptedMessages(content: JsonObject): ScriptedMessage[] {
  const parts = listOf(content.parts);
  const results = parts
    .filter(({ functionResponse }) => functionResponse !== undefined)
    .map(({ functionResponse }) => ({
      role: 'tool',
      text: JSON.stringify(objectOf(functionResponse).response),
    }));
  const rest = parts.filter(({ functionResponse }) => functionResponse === undefined);
  if (rest.length === 0) return results;
  const images = rest.flatMap(toImages);
  const role = content.role === 'model' ? 'assistant' : 'user';
  return [...results, { role, text: textOfParts(rest), ...(images.length > 0 && { images }) }];
}

function textOfParts(parts: readonly JsonObject[]): string {
  return parts
    .filter(({ text, thought }) => typeof text === 'string' && thought !== true)
    .map(({ text }) => textOf(text))
    .join('\n');
}

function toImages({ inlineData, fileData }: JsonObject): ScriptedImage[] {
  if (inlineData !== undefined) {
    const { data, mimeType } = objectOf(inlineData);
    return [{ data: textOf(data), mediaType: textOf(mimeType) }];
  }
  if (fileData === undefined) return [];
  const { fileUri, mimeType } = objectOf(fileData);
  return [{ url: textOf(fileUri), mediaType: textOf(mimeType) }];
}

function schemaOf({ responseSchema, responseJsonSchema }: JsonObject): JsonObject | undefined {
  const schema = responseJsonSchema ?? responseSchema;
  return schema === undefined ? undefined : objectOf(schema);
}

function toToolChoice({ mode, allowedFunctionNames }: JsonObject): ScriptedRequest['toolChoice'] {
  const [only, ...others] = textsOf(allowedFunctionNames);
  switch (mode) {
    case 'AUTO':
      return 'auto';
    case 'NONE':
      return 'none';
    case 'ANY':
      return only !== undefined && others.length === 0 ? { name: only } : 'required';
    default:
      return undefined;
  }
}
