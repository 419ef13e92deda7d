// Tokens of texts and requests: a rule of thumb for what must be known at once, and counts, exact where the tokenizer of a
// model is published and calibrated by what its provider reports elsewhere.

export { Calibrations } from './calibrations.ts';
export { encodingOf, type TokenizerSource } from './encodings.ts';
export {
  defaultReplyTokens,
  estimateBodyTokens,
  estimateRequestTokens,
  estimateTextTokens,
  mostTokensPerEstimated,
} from './estimate.ts';
export { Tokenizers } from './text-counts.ts';
export { type RequestCounts, TokenCounter } from './token-counter.ts';
