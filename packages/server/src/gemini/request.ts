import type { ChatMessage, ContentPart, SyscallRequest, ToolCall } from '@aios/protocol';
import { toJsonSchema } from './json-schema.ts';
import type { Content, GenerateRequest, Part } from './request-schema.ts';

type ChatInput = SyscallRequest<'llm.chat'>;

/** A generateContent request as the system call that it means. */
export function toChat(model: string, request: GenerateRequest): ChatInput {
  const config = request.generationConfig ?? {};
  const calling = request.toolConfig?.functionCallingConfig;
  const reasoningEffort = effortOf(config.thinkingConfig);
  return {
    ...toConversation(model, request),
    ...(calling && { toolChoice: toolChoiceOf(calling) }),
    ...(config.temperature != null && { temperature: config.temperature }),
    ...(config.topP != null && { topP: config.topP }),
    ...(config.topK != null && { topK: Math.round(config.topK) }),
    ...(config.maxOutputTokens != null && { maxTokens: config.maxOutputTokens }),
    ...(config.stopSequences?.length && { stop: config.stopSequences }),
    ...(config.seed != null && { seed: config.seed }),
    ...(config.presencePenalty != null && { presencePenalty: config.presencePenalty }),
    ...(config.frequencyPenalty != null && { frequencyPenalty: config.frequencyPenalty }),
    ...(reasoningEffort && { reasoningEffort }),
    ...formatOf(config),
  };
}

/** What of a request the model reads: also all that counting tokens needs. */
export function toConversation(model: string, { contents, systemInstruction, tools }: GenerateRequest) {
  const offered = (tools ?? []).flatMap(({ functionDeclarations }) => functionDeclarations ?? []);
  const instructions = textOf(systemInstruction ?? { parts: [] });
  const ids = new CallIds();
  return {
    model,
    orDefault: true,
    messages: [
      ...(instructions ? [{ role: 'system' as const, content: instructions }] : []),
      ...contents.flatMap((content) => toMessages(content, ids)),
    ],
    ...(offered.length > 0 && {
      tools: offered.map(({ name, description, parameters, parametersJsonSchema }) => ({
        name,
        description: description ?? '',
        inputSchema: parametersJsonSchema ?? (parameters ? toJsonSchema(parameters) : { type: 'object' }),
      })),
    }),
  } satisfies ChatInput;
}

export function textOf({ parts }: Content): string {
  return parts.flatMap(({ text }) => text ?? []).join('');
}

/** Google’s calls may be without ids; their results then follow in the same order, by name. */
class CallIds {
  readonly #waiting = new Map<string, string[]>();
  #made = 0;

  of({ id, name }: { id?: string | undefined; name: string }): string {
    this.#made += 1;
    const given = id ?? `call_${this.#made}`;
    const waiting = this.#waiting.get(name) ?? [];
    waiting.push(given);
    this.#waiting.set(name, waiting);
    return given;
  }

  answered({ id, name }: { id?: string | undefined; name: string }): string {
    const waiting = this.#waiting.get(name) ?? [];
    const index = id === undefined ? 0 : waiting.indexOf(id);
    const [found] = index < 0 ? [] : waiting.splice(index, 1);
    return found ?? id ?? name;
  }
}

function toMessages({ role, parts }: Content, ids: CallIds): ChatMessage[] {
  if (role === 'model') return [modelMessage(parts, ids)];
  if (role === 'system') return [{ role, content: textOf({ parts }) }];
  const rest = parts.flatMap(toParts);
  return [
    ...parts.flatMap(({ functionResponse }): ChatMessage[] => {
      if (functionResponse === undefined) return [];
      const { name, response } = functionResponse;
      const content = typeof response === 'string' ? response : JSON.stringify(response ?? {});
      return [{ role: 'tool', toolCallId: ids.answered(functionResponse), toolName: name, content }];
    }),
    ...(rest.length > 0 ? [{ role: 'user' as const, content: simplest(rest) }] : []),
  ];
}

function simplest(parts: ContentPart[]): string | ContentPart[] {
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? only.text : parts;
}

function toParts({ text, inlineData, fileData }: Part): ContentPart[] {
  if (text !== undefined) return [{ type: 'text', text }];
  if (inlineData !== undefined) {
    const { mimeType: mediaType, data, displayName } = inlineData;
    if (mediaType.startsWith('image/')) return [{ type: 'image', mediaType, data }];
    return [{ type: 'file', mediaType, data, ...(displayName && { filename: displayName }) }];
  }
  if (fileData !== undefined) {
    const { mimeType = 'application/pdf', fileUri } = fileData;
    return [{ type: mimeType.startsWith('image/') ? 'image' : 'file', mediaType: mimeType, data: fileUri }];
  }
  return [];
}

function modelMessage(parts: readonly Part[], ids: CallIds): ChatMessage {
  const calls: ToolCall[] = parts.flatMap(({ functionCall, thoughtSignature }) => {
    if (functionCall === undefined) return [];
    return [
      {
        id: ids.of(functionCall),
        name: functionCall.name,
        arguments: functionCall.args ?? {},
        ...(thoughtSignature && { providerData: { google: { thoughtSignature } } }),
      },
    ];
  });
  const reasoning = parts.flatMap(({ thought, text }) => (thought ? (text ?? []) : [])).join('');
  return {
    role: 'assistant',
    content: parts.flatMap(({ thought, text }) => (thought ? [] : (text ?? []))).join(''),
    ...(reasoning && { reasoning }),
    ...(calls.length > 0 && { toolCalls: calls }),
  };
}

function toolChoiceOf({
  mode,
  allowedFunctionNames,
}: {
  mode?: string | null | undefined;
  allowedFunctionNames?: string[] | null | undefined;
}): ChatInput['toolChoice'] {
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return 'auto';
  const [only, ...others] = allowedFunctionNames ?? [];
  return only !== undefined && others.length === 0 ? { tool: only } : 'required';
}

function formatOf({
  responseMimeType,
  responseSchema,
  responseJsonSchema,
}: NonNullable<GenerateRequest['generationConfig']>): Pick<ChatInput, 'responseFormat'> {
  const schema = responseJsonSchema ?? (responseSchema ? toJsonSchema(responseSchema) : undefined);
  if (schema !== undefined) return { responseFormat: { type: 'json_schema', schema } };
  return responseMimeType === 'application/json' ? { responseFormat: { type: 'json' } } : {};
}

type ThinkingConfig = NonNullable<GenerateRequest['generationConfig']>['thinkingConfig'];

/** Google’s budgets are tokens: 0 is none, -1 the model’s own choice. */
function effortOf(config: ThinkingConfig): ChatInput['reasoningEffort'] {
  switch (config?.thinkingLevel?.toLowerCase()) {
    case 'minimal':
      return 'minimal';
    case 'low':
      return 'low';
    case 'medium':
      return 'medium';
    case 'high':
      return 'high';
  }
  const budget = config?.thinkingBudget;
  if (budget == null || budget < 0) return undefined;
  if (budget === 0) return 'none';
  return budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high';
}
