import type { JsonObject } from '@aios/protocol';
import type { ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import { listOf, objectOf, textOf, textsOf } from '../wire-server/index.ts';

/**
 * A chat request as the scripted model sees it. Ollama streams unless told not to, and a last message of the assistant is the
 * beginning of the reply (ollama/ollama, issue 6778).
 */
export function toScriptedRequest(body: JsonObject): ScriptedRequest {
  const { format } = body;
  const messages = listOf(body.messages);
  const last = messages.at(-1);
  const begun = last?.role === 'assistant' ? textOf(last.content) : undefined;
  return {
    model: textOf(body.model),
    messages: (begun === undefined ? messages : messages.slice(0, -1)).map(toScriptedMessage),
    tools: listOf(body.tools).map((tool) => textOf(objectOf(tool.function).name)),
    ...(typeof format === 'object' && { schema: objectOf(format) }),
    stream: body.stream !== false,
    ...(begun !== undefined && { begun }),
  };
}

function toScriptedMessage(message: JsonObject): ScriptedMessage {
  const images = textsOf(message.images).map((data) => ({ data }));
  return {
    role: textOf(message.role),
    text: textOf(message.content),
    ...(images.length > 0 && { images }),
  };
}
