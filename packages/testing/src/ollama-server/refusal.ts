import type { JsonObject } from '@aios/protocol';
import {
  findModel,
  listOf,
  objectOf,
  textOf,
  textsOf,
  type WireError,
  type WireServerOptions,
} from '../wire-server/index.ts';

const base64 = /^[A-Za-z0-9+/]+=*$/;

/** What Ollama refuses a chat request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject, options: WireServerOptions): WireError | undefined {
  const message = beyondModel(body, options) ?? badMessages(listOf(body.messages));
  return message === undefined ? undefined : { status: 400, message };
}

/** What a listed model cannot do. */
function beyondModel(body: JsonObject, options: WireServerOptions): string | undefined {
  const model = findModel(options, textOf(body.model));
  if (model === undefined) return undefined;
  const { name, capabilities } = model;
  if (listOf(body.tools).length > 0 && !capabilities.includes('tools')) {
    return `registry.ollama.ai/library/${name} does not support tools`;
  }
  const thinks = body.think !== undefined && body.think !== false;
  return thinks && !capabilities.includes('thinking') ? `"${name}" does not support thinking` : undefined;
}

function badMessages(messages: readonly JsonObject[]): string | undefined {
  for (const message of messages) {
    if (message.content !== undefined && typeof message.content !== 'string') {
      return `json: cannot unmarshal ${kindOf(message.content)} into Go struct field ChatRequest.messages.content of type string`;
    }
    if (textsOf(message.images).some((image) => !base64.test(image))) {
      return 'illegal base64 data at input byte 4';
    }
    for (const call of listOf(message.tool_calls)) {
      if (typeof objectOf(call.function).arguments === 'string') {
        return 'json: cannot unmarshal string into Go struct field ChatRequest.messages.tool_calls.function.arguments of type api.ToolCallFunctionArguments';
      }
    }
  }
  return undefined;
}

function kindOf(value: JsonObject[string]): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
