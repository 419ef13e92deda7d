import type { ChatRequest } from '@aios/protocol';
import { invalidParameter } from '../invalid-parameter.ts';
import type { ChatBody } from './body.ts';
import { toMessages } from './messages.ts';
import { toOffer } from './tools.ts';

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
const verbosities = ['low', 'medium', 'high'] as const;

/** A request of OpenAI’s in the kernel’s words. Throws `invalid_argument` for what no translation can keep. */
export function toChatRequest(body: ChatBody): ChatRequest {
  refuseUntranslatable(body);
  const { model, temperature, top_p, top_k, presence_penalty, frequency_penalty, seed } = body;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const user = body.user ?? body.safety_identifier;
  const effort = oneOf(efforts, body.reasoning_effort);
  const verbosity = oneOf(verbosities, body.verbosity);
  const stop = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  return {
    ...(model != null && { model }),
    orDefault: true,
    messages: toMessages(body.messages),
    ...toOffer(body),
    ...formatOf(body.response_format),
    ...(temperature != null && { temperature }),
    ...(top_p != null && { topP: top_p }),
    ...(top_k != null && top_k > 0 && { topK: top_k }),
    ...(presence_penalty != null && { presencePenalty: presence_penalty }),
    ...(frequency_penalty != null && { frequencyPenalty: frequency_penalty }),
    ...(maxTokens != null && { maxTokens }),
    ...(stop.length > 0 && { stop }),
    ...(seed != null && { seed }),
    ...(effort && { reasoningEffort: effort }),
    ...(verbosity && { verbosity }),
    ...(user != null && { user }),
  };
}

/** `json_object` is taken for a wish: programs ask with it for lists, too, which OpenAI’s own mode would never give. */
function formatOf(format: ChatBody['response_format']): Pick<ChatRequest, 'responseFormat'> {
  if (format?.type === 'json_object') return { responseFormat: { type: 'json' } };
  if (format?.type !== 'json_schema') return {};
  const { name, description, schema, strict } = format.json_schema ?? {};
  return {
    responseFormat: {
      type: 'json_schema',
      name: name ?? 'reply',
      schema: schema ?? {},
      ...(description != null && { description }),
      ...(strict != null && { strict }),
    },
  };
}

function refuseUntranslatable({ logprobs, top_logprobs, logit_bias, modalities, audio }: ChatBody): void {
  const why = 'only a model that speaks OpenAI’s own format can do that; leave it out or ask such a model.';
  if (logprobs === true || (top_logprobs ?? 0) > 0) throw invalidParameter('logprobs', `logprobs: ${why}`);
  if (logit_bias != null && Object.keys(logit_bias).length > 0)
    throw invalidParameter('logit_bias', `logit_bias: ${why}`);
  if (audio != null || modalities?.includes('audio')) throw invalidParameter('modalities', `audio: ${why}`);
}

function oneOf<Word extends string>(
  words: readonly Word[],
  given: string | null | undefined,
): Word | undefined {
  return words.find((word) => word === given);
}
