/**
 * Where a call of a durable process may be cut off by a crash, in the order in which it comes there. `aios chaos` kills the
 * kernel at each of them. after-journal: what must be on disk before the work begins is. after-dispatch: the work has begun.
 * after-answer: it is done and not on record yet. after-receipt: it is on record and nobody has heard of it.
 */
export const boundaries = [
  'before-journal',
  'after-journal',
  'after-dispatch',
  'after-answer',
  'after-receipt',
  'after-acknowledgement',
] as const;

export type Boundary = (typeof boundaries)[number];
