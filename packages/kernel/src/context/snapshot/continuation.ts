import { z } from 'zod';

/** How a provider is told to go on with a reply instead of beginning another one. */
export const continuationMethod = z.enum([
  /** The last message of the assistant, with `continue_final_message` and without a generation prompt. */
  'continue_final_message',
  /** The last message of the assistant, which is always gone on with. */
  'last_message',
  /** The last message of the assistant, marked with `prefix`. */
  'prefix',
  /** The last message of the assistant, marked with `partial`. */
  'partial',
]);
export type ContinuationMethod = z.infer<typeof continuationMethod>;

/** How a reply is taken up again after it was stopped. */
export interface Continuation {
  readonly method: ContinuationMethod;
  /** Its answer may begin with the text that it was sent. */
  readonly echoes?: boolean;
  /** Each piece of a streamed reply is one token. */
  readonly sendsTokens?: boolean;
}

/** Why a reply that was stopped could not be taken up again, in words for people. */
export interface NoContinuation {
  readonly reason: string;
}
