import type { EffectDescription, ProcessDescription } from '@aios/protocol';
import type { Cell } from './cells.ts';
import type { OutsideWorld } from './outside-world.ts';
import type { Plan } from './steps.ts';

/** One kill, as it went. */
export interface Kill {
  readonly cell: Cell;
  readonly plans: readonly Plan[];
  /** Whether a call came to the boundary; the kernel was killed all the same. */
  readonly isHit: boolean;
  readonly killedAt: number;
  /** What the outside world had and had not answered, by its key. */
  readonly cutOff: readonly string[];
  /** Ids of effects whose outcome was unknown after it, and had not been before. */
  unknown: readonly string[];
  /** Milliseconds until the next kernel served, with all processes resumed; of a thread, until all ran elsewhere. */
  recoveryMs: number;
}

/** What a run left behind. */
export interface Aftermath {
  readonly world: OutsideWorld;
  readonly kills: readonly Kill[];
  /** Of each plan, by its number. */
  readonly ends: ReadonlyMap<number, ProcessDescription>;
  readonly children: readonly ProcessDescription[];
  readonly effects: readonly EffectDescription[];
  /** Messages that the postbox has taken. */
  readonly heard: readonly string[];
}
