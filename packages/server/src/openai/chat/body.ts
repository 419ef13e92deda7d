import { jsonObject } from '@aios/protocol';
import { z } from 'zod';

// The body of POST /v1/chat/completions as OpenAI’s API reference describes it, as far as it is read. Objects may have more
// fields: clients of all ages and vendors send some that nobody else knows. docs/openai-api.md lists every parameter.

/** Absent, or null, which clients send for what they leave to the model. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish();

const part = z.looseObject({ type: z.string() });
export type Part = z.infer<typeof part>;

const content = z.union([z.string(), z.array(z.union([part, z.string()]))]).nullish();
export type Content = z.infer<typeof content>;

const functionCall = z.looseObject({ name: z.string(), arguments: z.string().default('') });

const toolCall = z.looseObject({
  id: z.string().default(''),
  type: z.string().default('function'),
  function: functionCall.optional(),
  extra_content: optional(jsonObject),
  custom: z.looseObject({ name: z.string(), input: z.string().default('') }).optional(),
});
export type BodyToolCall = z.infer<typeof toolCall>;

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content,
  name: optional(z.string()),
  tool_calls: optional(z.array(toolCall)),
  tool_call_id: optional(z.string()),
  function_call: optional(functionCall),
  refusal: optional(z.string()),
  reasoning_content: optional(z.string()),
  extra_content: optional(jsonObject),
});
export type BodyMessage = z.infer<typeof message>;

const functionDefinition = z.looseObject({
  name: z.string().min(1),
  description: optional(z.string()),
  parameters: optional(jsonObject),
  strict: optional(z.boolean()),
});
export type FunctionDefinition = z.infer<typeof functionDefinition>;

const named = z.looseObject({ name: z.string() });
const toolReference = z.looseObject({
  type: z.string(),
  function: named.optional(),
  custom: named.optional(),
});

const customDefinition = z.looseObject({
  name: z.string().min(1),
  description: optional(z.string()),
  format: optional(
    z.looseObject({
      type: z.string(),
      grammar: optional(z.looseObject({ syntax: z.string(), definition: z.string() })),
    }),
  ),
});

const tool = z.looseObject({
  type: z.string(),
  function: functionDefinition.optional(),
  custom: customDefinition.optional(),
});
export type BodyTool = z.infer<typeof tool>;

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({
    type: z.string(),
    function: named.optional(),
    custom: named.optional(),
    allowed_tools: z
      .looseObject({ mode: z.enum(['auto', 'required']).default('auto'), tools: z.array(toolReference) })
      .optional(),
  }),
]);

const responseFormat = z.looseObject({
  type: z.string(),
  json_schema: z
    .looseObject({
      name: optional(z.string()),
      description: optional(z.string()),
      schema: optional(jsonObject),
      strict: optional(z.boolean()),
    })
    .optional(),
});

export const chatBody = z.looseObject({
  model: optional(z.string()),
  messages: z.array(message).min(1),
  tools: optional(z.array(tool)),
  tool_choice: optional(toolChoice),
  functions: optional(z.array(functionDefinition)),
  function_call: optional(z.union([z.enum(['auto', 'none']), named])),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(responseFormat),
  temperature: optional(z.number()),
  top_p: optional(z.number()),
  top_k: optional(z.number()),
  presence_penalty: optional(z.number()),
  frequency_penalty: optional(z.number()),
  max_tokens: optional(z.number()),
  max_completion_tokens: optional(z.number()),
  stop: optional(z.union([z.string(), z.array(z.string())])),
  seed: optional(z.number().int()),
  n: optional(z.number().int().min(1).max(16)),
  reasoning_effort: optional(z.string()),
  verbosity: optional(z.string()),
  user: optional(z.string()),
  safety_identifier: optional(z.string()),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_usage: optional(z.boolean()) })),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.number()),
  logit_bias: optional(z.record(z.string(), z.number())),
  modalities: optional(z.array(z.string())),
  audio: optional(z.unknown()),
});
export type ChatBody = z.infer<typeof chatBody>;
