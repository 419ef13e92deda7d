import type { Strategy } from './strategy.ts';

/** Each in turn. */
export function createRoundRobin(): Strategy {
  let turn = 0;
  return {
    order: (cores) => {
      const start = turn % cores.length;
      turn += 1;
      return [...cores.slice(start), ...cores.slice(0, start)];
    },
  };
}
