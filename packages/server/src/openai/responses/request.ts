import { type JsonObject, jsonObject } from '@aios/protocol';
import { z } from 'zod';
import { refuse, refuseInvalid } from './refusal.ts';

const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().nullish(),
    schema: jsonObject,
    strict: z.boolean().nullish(),
  }),
]);
export type TextFormat = z.infer<typeof format>;

/** What is read of a request; whatever else a client sends is tolerated. */
const createRequest = z.looseObject({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(jsonObject)]).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .looseObject({ effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish() })
    .nullish(),
  safety_identifier: z.string().max(512).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .looseObject({ format: format.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .nullish(),
  tool_choice: z.union([z.string(), jsonObject]).nullish(),
  tools: z.array(jsonObject).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  user: z.string().max(512).nullish(),
});
/** A request as it came, with the fields that are read checked. */
export type CreateRequest = z.infer<typeof createRequest>;

/** Fields that change what the answer means, and that nothing here can stand in for. */
const unsupported = {
  background: 'Responses are made while the client waits. Leave `background` out.',
  conversation: 'Conversations are carried on by `previous_response_id`. Leave `conversation` out.',
  prompt: 'There are no stored prompts here. Send `instructions` and `input`.',
  top_logprobs:
    'Log probabilities come only from a model that speaks Responses itself, with `store` false. Leave `top_logprobs` out.',
};
const logprobs = 'message.output_text.logprobs';

/** Throws `invalid_argument` that names the field for a request that cannot be honoured. */
export function readRequest(body: JsonObject): CreateRequest {
  for (const [field, message] of Object.entries(unsupported)) {
    if (body[field]) throw refuse(field, message);
  }
  if (Array.isArray(body.include) && body.include.includes(logprobs))
    throw refuse('include', unsupported.top_logprobs);
  const { data, error } = createRequest.safeParse(body);
  if (error) throw refuseInvalid(error);
  return data;
}
