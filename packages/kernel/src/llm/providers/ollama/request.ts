import {
  type LanguageModelV4CallOptions,
  type LanguageModelV4FilePart,
  type LanguageModelV4Message,
  type SharedV4Warning,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { jsonObject } from '@aios/protocol';
import type { OllamaMessage } from './wire.ts';

export interface OllamaModel {
  name: string;
  /** Sent along where it is known: Ollama cuts a conversation to a few thousand tokens otherwise, without a word. */
  contextTokens: number | undefined;
}

/** The body of /api/chat. Ollama cannot be forced to call a tool: the offered tools are narrowed instead, and it says so. */
export function toOllamaRequest(
  { name, contextTokens }: OllamaModel,
  options: LanguageModelV4CallOptions,
  stream: boolean,
): { body: Record<string, unknown>; warnings: SharedV4Warning[] } {
  const warnings: SharedV4Warning[] = [];
  const tools = offeredTools(options, warnings);
  const { responseFormat, reasoning } = options;
  const body = {
    model: name,
    messages: options.prompt.flatMap(toMessages),
    stream,
    ...(tools.length > 0 && { tools }),
    ...(responseFormat?.type === 'json' && { format: responseFormat.schema ?? 'json' }),
    ...(reasoning && reasoning !== 'provider-default' && { think: thinkOf(reasoning, name) }),
    options: withoutUndefined({
      temperature: options.temperature,
      top_p: options.topP,
      top_k: options.topK,
      presence_penalty: options.presencePenalty,
      frequency_penalty: options.frequencyPenalty,
      seed: options.seed,
      stop: options.stopSequences,
      num_predict: options.maxOutputTokens,
      num_ctx: contextTokens,
    }),
  };
  return { body, warnings };
}

function offeredTools({ tools = [], toolChoice }: LanguageModelV4CallOptions, warnings: SharedV4Warning[]) {
  if (toolChoice?.type === 'none') return [];
  if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
    warnings.push({ type: 'unsupported', feature: 'toolChoice', details: 'Ollama cannot force a tool call' });
  }
  return tools.flatMap((tool) => {
    if (tool.type !== 'function') return [];
    if (toolChoice?.type === 'tool' && toolChoice.toolName !== tool.name) return [];
    const { name, description = '', inputSchema } = tool;
    return [{ type: 'function', function: { name, description, parameters: inputSchema } }];
  });
}

/** gpt-oss takes a level, the others a switch (docs.ollama.com/capabilities/thinking). */
function thinkOf(effort: string, model: string): boolean | string {
  if (effort === 'none') return false;
  return /gpt-oss/.test(model) ? effort : true;
}

function toMessages(message: LanguageModelV4Message): OllamaMessage[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user': {
      const texts = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
      const images = message.content.flatMap((part) => (part.type === 'file' ? [base64Of(part)] : []));
      return [{ role: 'user', content: texts.join('\n'), ...(images.length > 0 && { images }) }];
    }
    case 'assistant':
      return [toAssistant(message)];
    case 'tool':
      return message.content.flatMap((part) => {
        if (part.type !== 'tool-result' || part.output.type !== 'text') return [];
        const { toolName, toolCallId, output } = part;
        return [{ role: 'tool', content: output.value, tool_name: toolName, tool_call_id: toolCallId }];
      });
  }
}

function toAssistant({ content }: Extract<LanguageModelV4Message, { role: 'assistant' }>): OllamaMessage {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
  const thinking = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('');
  const calls = content.flatMap((part) => {
    if (part.type !== 'tool-call') return [];
    const call = { name: part.toolName, arguments: jsonObject.safeParse(part.input).data ?? {} };
    return [{ id: part.toolCallId, function: call }];
  });
  return {
    role: 'assistant',
    content: text,
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function base64Of({ data, mediaType }: LanguageModelV4FilePart): string {
  if (!mediaType.startsWith('image')) {
    throw new UnsupportedFunctionalityError({ functionality: `files of type ${mediaType} with Ollama` });
  }
  if (data.type !== 'data') {
    throw new UnsupportedFunctionalityError({ functionality: 'images by address with Ollama' });
  }
  return typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64');
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
