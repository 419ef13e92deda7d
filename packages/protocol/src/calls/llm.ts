import { z } from 'zod';
import { conversationName } from '../schemas/ids.ts';
import { inlineContent } from '../schemas/inline-content.ts';
import { jsonObject, jsonValue } from '../schemas/json.ts';
import { usage } from '../schemas/usage.ts';
import { countSource, windowReport, windowWish } from '../schemas/window.ts';
import { defineSyscall } from '../syscall.ts';

const toolCall = z.object({
  id: z.string(),
  name: z.string(),
  arguments: jsonObject,
  malformed: z
    .string()
    .optional()
    .describe('The arguments as the model wrote them, where they are not a JSON object'),
  providerData: jsonObject
    .optional()
    .describe('What the provider wants back with this call, such as a thought signature. Send it unchanged.'),
});
export type ToolCall = z.infer<typeof toolCall>;

const contentPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('image'),
    mediaType: z.string().describe('Such as image/png, or image/* where only an address is known'),
    data: inlineContent.describe('Base64 of the image, or an https URL'),
    detail: z
      .enum(['auto', 'low', 'high'])
      .optional()
      .describe('How closely the model looks, where the provider lets one choose'),
  }),
  z.object({
    type: z.literal('file'),
    mediaType: z.string().describe('Such as application/pdf'),
    data: inlineContent.describe('Base64 of the file, or an https URL'),
    filename: z.string().optional(),
  }),
]);
export type ContentPart = z.infer<typeof contentPart>;

const speakerName = z
  .string()
  .max(256)
  .optional()
  .describe('Who speaks, where several do in one role; passed on to providers that take it');

const pinned = z
  .boolean()
  .optional()
  .describe('Keep this message whole where the conversation must be cut to fit the model’s window');

const assistantMessage = z.object({
  role: z.literal('assistant'),
  content: z.string(),
  name: speakerName,
  pinned,
  reasoning: z.string().optional().describe('The model’s thinking, kept apart from its answer'),
  toolCalls: z.array(toolCall).optional(),
  providerData: jsonObject
    .optional()
    .describe('What the provider wants back with this message, such as signed thinking. Send it unchanged.'),
});

export const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string(), name: speakerName, pinned }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(contentPart)]),
    name: speakerName,
    pinned,
  }),
  assistantMessage,
  z.object({
    role: z.literal('tool'),
    toolCallId: z.string(),
    toolName: z.string(),
    content: z.union([z.string(), z.array(contentPart)]),
    isError: z.boolean().optional().describe('The tool failed, and the content says why'),
    pinned,
  }),
]);
export type ChatMessage = z.infer<typeof message>;

const toolSpecification = z.object({
  name: z.string().min(1),
  description: z.string().default(''),
  inputSchema: jsonObject.describe('JSON Schema of the arguments'),
  strict: z
    .boolean()
    .optional()
    .describe('Asks the provider to enforce the schema itself, within the keywords that it knows'),
});
export type ToolSpecification = z.infer<typeof toolSpecification>;

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('json_object') }),
  z
    .object({ type: z.literal('json') })
    .describe(
      'Any JSON value, as a wish: it is asked for in the prompt and put right where possible, and a reply that still is none is given as it is',
    ),
  z.object({
    type: z.literal('json_schema'),
    name: z
      .string()
      .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"')
      .default('reply'),
    description: z.string().optional().describe('Tells the model what the object is for'),
    schema: jsonObject.describe('JSON Schema of the reply'),
    strict: z
      .boolean()
      .optional()
      .describe('Asks the provider to enforce the schema itself, within the keywords that it knows'),
  }),
]);
export type ResponseFormat = z.infer<typeof responseFormat>;

const modelName = z
  .string()
  .optional()
  .describe('A model or group, or another name that `llms.aliases` leads to one; the default when absent');
const orDefault = z
  .boolean()
  .optional()
  .describe(
    'Ask the default model where nothing goes by the name, for programs that bring names of their own',
  );
const endUser = z
  .string()
  .max(512)
  .optional()
  .describe('For whom the caller asks, as an id that providers use against abuse');

const chatInput = z.object({
  model: modelName,
  orDefault,
  messages: z.array(message).min(1),
  conversation: conversationName
    .optional()
    .describe(
      'Goes on from this kept conversation of the calling process: the model also gets what it holds, and these messages and the reply are added to it, all or none',
    ),
  tools: z.array(toolSpecification).optional(),
  toolChoice: z
    .union([z.enum(['auto', 'none', 'required']), z.object({ tool: z.string() })])
    .optional()
    .describe('auto when absent; an object forces one tool'),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().positive().optional().describe('Only the so many likeliest tokens are considered'),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  maxTokens: z.number().int().positive().optional().describe('Upper bound of the reply, in tokens'),
  stop: z.array(z.string()).max(16).optional(),
  seed: z.number().int().optional(),
  responseFormat: responseFormat
    .optional()
    .describe('Asks for JSON. The reply carries it parsed, and checked against the schema, as `json`.'),
  reasoningEffort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
    .optional()
    .describe(
      'How much a reasoning model thinks; the provider’s default when absent, its nearest level where it has not this one',
    ),
  verbosity: z
    .enum(['low', 'medium', 'high'])
    .optional()
    .describe('How much the model says, where the provider lets one choose'),
  parallelToolCalls: z
    .boolean()
    .optional()
    .describe(
      'false: at most one tool call in a reply; where the model makes several, only the first is delivered',
    ),
  user: endUser,
  context: windowWish.optional(),
});
export type ChatRequest = z.infer<typeof chatInput>;

const costUsd = z
  .number()
  .nonnegative()
  .describe('Cost in US dollars, where the prices of the model are known');

const chatOutput = z.object({
  message: assistantMessage,
  finishReason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'other']),
  model: z.string(),
  provider: z.string(),
  usage,
  costUsd: costUsd.optional(),
  json: jsonValue.optional().describe('The reply parsed, where `responseFormat` asked for JSON'),
  emulated: z
    .array(z.enum(['tools', 'json', 'single_tool_call']))
    .optional()
    .describe(
      'What the kernel did because the model cannot do it, or got it wrong: by prompt and repair, or, for single_tool_call, by leaving out further calls',
    ),
  context: windowReport
    .optional()
    .describe('What was done so that the conversation fits the window; absent: nothing'),
  metadata: jsonObject
    .optional()
    .describe('What the provider adds, such as the notice of the offline provider'),
});
export type ChatReply = z.infer<typeof chatOutput>;

const chatChunk = z.discriminatedUnion('type', [
  z
    .object({ type: z.literal('context-fitted'), context: windowReport })
    .describe('Comes first, where the conversation was made to fit the window'),
  z.object({ type: z.literal('text-delta'), text: z.string() }),
  z.object({ type: z.literal('reasoning-delta'), text: z.string() }),
  z.object({
    type: z.literal('tool-call-start'),
    id: z.string(),
    name: z.string(),
    providerData: jsonObject
      .optional()
      .describe('As in the reply, where it is known already; what comes later is in the reply alone'),
  }),
  z.object({ type: z.literal('tool-call-delta'), id: z.string(), argumentsText: z.string() }),
  z.object({ type: z.literal('tool-call-end'), id: z.string() }),
]);
export type ChatChunk = z.infer<typeof chatChunk>;

const embedInput = z.object({
  model: modelName,
  orDefault,
  texts: z.array(z.string()).min(1).max(2048),
  dimensions: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Length of the vectors, where the model lets one choose; its own when absent'),
  user: endUser,
});
export type EmbedRequest = z.infer<typeof embedInput>;

const embedOutput = z.object({
  vectors: z.array(z.array(z.number())),
  dimensions: z.number().int().positive(),
  model: z.string(),
  provider: z.string(),
  usage,
  costUsd: costUsd.optional(),
  metadata: jsonObject.optional(),
});
export type EmbedReply = z.infer<typeof embedOutput>;

/** What a model may be able to do. */
export const modelCapabilities = [
  'chat',
  'stream',
  'tools',
  'parallel_tools',
  'json',
  'images',
  'reasoning',
  'embed',
] as const;

const usdPerMillion = z.number().nonnegative();
const modelPrices = z
  .object({
    input: usdPerMillion,
    output: usdPerMillion,
    cachedInput: usdPerMillion.optional().describe('Input that the provider had in its cache'),
    source: z.string().describe('Where the prices come from: `config.yaml` or a URL'),
    asOf: z.string().optional().describe('Date of the source, as YYYY-MM-DD'),
  })
  .describe('US dollars for a million tokens');
export type ModelPrices = z.infer<typeof modelPrices>;

export const modelHealth = z.object({
  state: z
    .enum(['ok', 'limited', 'failing', 'unknown'])
    .describe('limited: waits for the provider’s limits; failing: not asked for now; unknown: not asked yet'),
  reason: z.string().optional(),
  retryAtMs: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('When it is asked again, in Unix milliseconds'),
});
export type ModelHealth = z.infer<typeof modelHealth>;

const modelDescription = z.object({
  name: z.string(),
  provider: z.string(),
  endpoint: z.string().optional().describe('Base URL, without credentials'),
  isDefault: z.boolean(),
  isDiscovered: z
    .boolean()
    .optional()
    .describe('Offered by a server of the configuration and not listed there; calls can name it'),
  capabilities: z
    .array(z.enum(modelCapabilities))
    .describe(
      'What the model can do by itself. The kernel emulates `tools` and `json` where they are missing.',
    ),
  contextTokens: z.number().int().positive().optional().describe('Size of the context window, where known'),
  prices: modelPrices.optional(),
  health: modelHealth.optional(),
  concurrency: z.number().int().positive().describe('Calls that may run at the same time'),
  running: z.number().int().nonnegative(),
  queued: z.number().int().nonnegative(),
  notice: z.string().optional().describe('What a user should know about this model'),
});
export type ModelDescription = z.infer<typeof modelDescription>;

export const llmCalls = {
  'llm.chat': defineSyscall({
    summary: 'Ask a model for the next message of a conversation.',
    input: chatInput,
    output: chatOutput,
    chunk: chatChunk,
    resource: 'core',
    effect: 'model',
    permission: { action: 'llm.chat', target: 'model' },
  }),
  'llm.embed': defineSyscall({
    summary: 'Turn texts into vectors.',
    input: embedInput,
    output: embedOutput,
    resource: 'core',
    effect: 'model',
    permission: { action: 'llm.embed', target: 'model' },
  }),
  'llm.count': defineSyscall({
    summary: 'Count the input tokens of a conversation without asking a model.',
    input: z.object({
      model: modelName,
      orDefault,
      messages: z.array(message).min(1),
      tools: z.array(toolSpecification).optional(),
    }),
    output: z.object({
      inputTokens: z.number().int().nonnegative(),
      source: countSource,
    }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'llm.count', target: 'model' },
  }),
  'llm.models': defineSyscall({
    summary: 'List the models that can be asked.',
    input: z.object({}),
    output: z.object({ models: z.array(modelDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'llm.models' },
  }),
} as const;
