// One entry for each thing that a chat call can do, in the order in which they are asked. The first one decides whether the
// model answers at all.

import type { Check } from '../check.ts';
import { conversationChecks } from './conversation.ts';
import { embeddings, unknownModel, usageAndCost } from './endpoint.ts';
import { image } from './image.ts';
import { limitChecks } from './limits.ts';
import { cancellation, streamedReply } from './stream.ts';
import { structuredOutput } from './structured.ts';
import { toolChecks } from './tools.ts';

const [wholeReply, ...otherConversations] = conversationChecks;

/** Where this fails the others are not asked. */
export const firstCheck: Check = wholeReply;

export const otherChecks: readonly Check[] = [
  streamedReply,
  ...otherConversations,
  ...toolChecks,
  structuredOutput,
  image,
  ...limitChecks,
  cancellation,
  embeddings,
  unknownModel,
  // Looks at all replies before it.
  usageAndCost,
];
