import type { Strategy } from './strategy.ts';

/** The first in the order of the configuration that can be reached. */
export const sequential: Strategy = { order: (cores) => cores };
