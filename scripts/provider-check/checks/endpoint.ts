import { AiosError, type ErrorCode } from '@aios/protocol';
import { type Check, failed, notOffered, passed } from '../check.ts';
import { entryNames } from '../target.ts';

/** Errors that tell a caller that asking again is of no use. */
const lastingErrors: readonly ErrorCode[] = [
  'not_found',
  'failed_precondition',
  'invalid_argument',
  'permission_denied',
];

export const usageAndCost: Check = {
  name: 'usage and cost',
  async run({ replies, description }) {
    const uncounted = replies.filter(({ usage }) => usage.source !== 'provider').length;
    if (uncounted > 0)
      return failed(`the provider counted no tokens for ${uncounted} of ${replies.length} replies`);
    const empty = replies.filter(({ usage }) => usage.inputTokens === 0 || usage.outputTokens === 0).length;
    if (empty > 0) return failed(`${empty} of ${replies.length} replies have 0 tokens of input or output`);
    if (description.prices === undefined) return passed('the prices of the model are not known');
    if (replies.some(({ costUsd }) => costUsd === undefined)) {
      return failed('a reply has no cost although the prices are known');
    }
    const costUsd = replies.reduce((sum, reply) => sum + (reply.costUsd ?? 0), 0);
    return passed(`${replies.length} replies cost ${costUsd.toFixed(4)} USD`);
  },
};

export const embeddings: Check = {
  name: 'embeddings',
  async run(subject) {
    if (!subject.embeds) return notOffered('name a model with --embed to check them');
    const { vectors, dimensions } = await subject.embed(['a cat sleeps', 'quarterly tax report']);
    const [first, second] = vectors;
    if (first === undefined || second === undefined || vectors.length > 2) {
      return failed(`${vectors.length} vectors for two texts`);
    }
    if (first.length !== second.length) return failed('the vectors differ in length');
    return first.some((value, index) => value !== second[index])
      ? passed(`${dimensions} dimensions`)
      : failed('two different texts have the same vector');
  },
};

export const unknownModel: Check = {
  name: 'unknown model refused',
  async run(subject) {
    try {
      await subject.ask('Hello', { maxTokens: 16 }, { model: entryNames.unknown });
    } catch (error) {
      if (!AiosError.isInstance(error) || !lastingErrors.includes(error.code)) throw error;
      return passed(error.code);
    }
    return notOffered('the server answers whatever model is named');
  },
};
