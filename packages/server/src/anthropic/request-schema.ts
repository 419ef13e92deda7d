import { jsonObject } from '@aios/protocol';
import { z } from 'zod';

// What of a Messages request is translated (https://platform.claude.com/docs/en/api/messages). Anything else is tolerated:
// clients send beta fields that mean nothing to another provider’s model.

const source = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
  z.object({ type: z.literal('url'), url: z.string() }),
  z.object({ type: z.literal('text'), media_type: z.string().optional(), data: z.string() }),
  z.object({ type: z.literal('content'), content: z.union([z.string(), z.array(z.looseObject({}))]) }),
  z.object({ type: z.literal('file'), file_id: z.string() }),
]);
export type Source = z.infer<typeof source>;

const text = z.object({ type: z.literal('text'), text: z.string() });
const image = z.object({ type: z.literal('image'), source });
const document = z.object({ type: z.literal('document'), source, title: z.string().nullish() });

/** A block of a kind that only Anthropic’s own models know, such as the result of a tool that it runs itself. */
const foreign = z.looseObject({ type: z.string() }).transform(() => ({ type: 'foreign' as const }));

/** What a search for tools found: one that was not offered until now. */
const toolReference = z.object({ type: z.literal('tool_reference'), tool_name: z.string() });

const resultBlock = z.union([text, image, document, toolReference, foreign]);
export type ResultBlock = z.infer<typeof resultBlock>;

const toolResult = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(resultBlock)]).nullish(),
  is_error: z.boolean().nullish(),
});
const toolUse = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: jsonObject,
});
const thinking = z.object({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
});
const redacted = z.object({ type: z.literal('redacted_thinking'), data: z.string() });

const tool = z.looseObject({
  type: z.string().nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: jsonObject.nullish(),
  strict: z.boolean().nullish(),
});
export type Tool = z.infer<typeof tool>;

/** Tools that come or go in the middle of a conversation. */
const toolAddition = z.object({
  type: z.literal('tool_addition'),
  tool: z.looseObject({ type: z.string(), name: z.string().optional(), definition: tool.optional() }),
});
const toolRemoval = z.object({
  type: z.literal('tool_removal'),
  tool: z.looseObject({ type: z.string(), name: z.string().optional() }),
});

/** Kinds that are translated; one of them that is malformed is an error and not a foreign block. */
const known = [
  'text',
  'image',
  'document',
  'tool_result',
  'tool_use',
  'thinking',
  'redacted_thinking',
  'tool_addition',
  'tool_removal',
];
const foreignBlock = z
  .looseObject({ type: z.string().refine((type) => !known.includes(type)) })
  .transform(() => ({ type: 'foreign' as const }));

const block = z.union([
  z.discriminatedUnion('type', [
    text,
    image,
    document,
    toolResult,
    toolUse,
    thinking,
    redacted,
    toolAddition,
    toolRemoval,
  ]),
  foreignBlock,
]);
export type Block = z.infer<typeof block>;

const blocks = z.union([z.string(), z.array(block)]);

const toolChoice = z.object({
  type: z.enum(['auto', 'any', 'tool', 'none']),
  name: z.string().optional(),
  disable_parallel_tool_use: z.boolean().nullish(),
});

const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);

/** The body of POST /v1/messages/count_tokens: a conversation without the wish for an answer. */
export const countRequest = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(z.object({ role: z.enum(['user', 'assistant', 'system']), content: blocks }))
    .min(1, 'at least one message is required'),
  system: z
    .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().nullish() }))])
    .nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
});
export type CountRequest = z.infer<typeof countRequest>;

/** What no translation can keep; absent, null and empty mean nothing. */
function untranslatable(message: string, isHarmless: (value: unknown) => boolean = () => false) {
  const isNothing = (value: unknown) => value == null || (Array.isArray(value) && value.length === 0);
  return z
    .unknown()
    .refine(
      (value) => isNothing(value) || isHarmless(value),
      `${message} Ask one of Anthropic’s own models, or leave it out.`,
    )
    .optional();
}

const outputFormat = z.looseObject({ type: z.literal('json_schema'), schema: jsonObject });
const selfBilled = z.looseObject({ bill_to: z.literal('self') });

export const messagesRequest = countRequest.extend({
  max_tokens: z.number().int().positive(),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string()).max(16).nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().positive().nullish(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
  thinking: z
    .looseObject({ type: z.string(), budget_tokens: z.number().int().positive().nullish() })
    .nullish(),
  output_config: z
    .looseObject({
      effort: effort.nullish(),
      format: outputFormat.nullish(),
    })
    .nullish(),
  output_format: outputFormat.nullish(),
  thread: z.unknown().optional(),
  billing_policy: untranslatable(
    'nobody else can be billed here.',
    (value) => selfBilled.safeParse(value).success,
  ),
  compaction: untranslatable('conversations are not compacted here.'),
  container: untranslatable('there are no containers here.'),
  inference_geo: untranslatable(
    'where another provider works cannot be chosen.',
    (value) => value === 'global',
  ),
  mcp_servers: untranslatable('the kernel does not call MCP servers for a model.'),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;
