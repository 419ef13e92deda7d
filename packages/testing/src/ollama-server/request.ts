import type { JsonObject } from '@aios/protocol';
import type { ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import { listOf, objectOf, textOf, textsOf } from '../wire-server/index.ts';

/** A chat request as the scripted model sees it. Ollama streams unless told not to. */
export function toScriptedRequest(body: JsonObject): ScriptedRequest {
  const { format } = body;
  return {
    model: textOf(body.model),
    messages: listOf(body.messages).map(toScriptedMessage),
    tools: listOf(body.tools).map((tool) => textOf(objectOf(tool.function).name)),
    ...(typeof format === 'object' && { schema: objectOf(format) }),
    stream: body.stream !== false,
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
