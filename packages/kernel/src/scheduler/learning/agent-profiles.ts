import { MovingAverage } from '../average.ts';
import type { Cost } from '../claim.ts';
import { Distribution } from './distribution.ts';

/** Finished programs after which those of an agent are known, and after which those of all are. */
const enoughOfAgent = 5;
const enoughOfAll = 20;
/** Agents that are remembered; the one that was learned from longest ago is forgotten first. */
const maxAgents = 1000;

/** What was learned about an agent, as it is kept over a restart. */
export interface LearnedAgent {
  readonly agent: string;
  /** Work of finished programs, the oldest first. */
  readonly sizes: readonly number[];
}

/**
 * Learns from finished programs how much work those of an agent are, and from finished calls how much they write.
 * Expecting the mean of what is left is SERPT (Kairos, arXiv 2508.06948, uses the same knowledge).
 */
export class AgentProfiles {
  readonly #sizes = new Map<string, Distribution>();
  readonly #all = new Distribution();
  readonly #outputs = new Map<string, MovingAverage>();
  readonly #allOutputs = new MovingAverage(0.02);
  readonly #cachedShare = new MovingAverage(0.02);
  readonly #onLearned: (agent: LearnedAgent) => void;

  /** `onLearned` is told what to keep. */
  constructor(learned: readonly LearnedAgent[], onLearned: (agent: LearnedAgent) => void) {
    for (const { agent, sizes } of learned) {
      this.#sizes.set(agent, new Distribution(sizes));
      for (const size of sizes) this.#all.add(size);
    }
    this.#onLearned = onLearned;
  }

  /** A program of an agent has ended, having got so much. */
  programEnded(agent: string | undefined, work: number): void {
    this.#all.add(work);
    if (agent === undefined) return;
    const sizes = this.#sizes.get(agent) ?? new Distribution();
    sizes.add(work);
    remember(this.#sizes, agent, sizes);
    this.#onLearned({ agent, sizes: sizes.sizes });
  }

  callEnded(agent: string | undefined, { inputTokens, outputTokens, cachedInputTokens = 0 }: Cost): void {
    this.#allOutputs.add(outputTokens);
    if (inputTokens > 0) this.#cachedShare.add(Math.min(1, cachedInputTokens / inputTokens));
    if (agent === undefined) return;
    const known = this.#outputs.get(agent);
    const outputs = known ?? new MovingAverage(0.1);
    outputs.add(outputTokens);
    if (known === undefined) remember(this.#outputs, agent, outputs);
  }

  /** Part of the input, of 1, that calls usually find in the cache of the resource. */
  get cachedShare(): number {
    return this.#cachedShare.value ?? 0;
  }

  /** What calls of the agent usually write, else those of all; nothing before the first call has ended. */
  usualOutput(agent: string | undefined): number | undefined {
    const own = agent === undefined ? undefined : this.#outputs.get(agent)?.value;
    return own ?? this.#allOutputs.value;
  }

  /** What a program that got so much still needs; nothing while too little is known. */
  expectedRemaining(agent: string | undefined, attained: number, recent: number): number | undefined {
    const own = agent === undefined ? undefined : this.#sizes.get(agent);
    if (own !== undefined && own.count >= enoughOfAgent) return own.expectedRemaining(attained, recent);
    return this.#all.count >= enoughOfAll ? this.#all.expectedRemaining(attained, recent) : undefined;
  }
}

/** Puts an entry at the end of a map, and drops the first when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxAgents) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
