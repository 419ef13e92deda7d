import type { Claim } from '../claim.ts';
import type { AgentProfiles } from './agent-profiles.ts';
import { CallerKinds } from './caller-kinds.ts';

/** A program that is silent for so long counts as ended, as llm-d does it. */
const idleMs = 3_600_000;
/** What a program got counts half after so long without more of it. */
const halfLifeMs = 600_000;
/** Fewer say nothing of how their sizes differ. */
const leastPrograms = 5;
/** Programs after which those that are silent are looked for. */
const sweepAbove = 1000;

/** What a program got so far of a resource, over all its queues. */
export interface Program {
  readonly name: string;
  readonly agent: string | undefined;
  /** Units of work of its finished calls. */
  attained: number;
  /** The same, of which what was long ago counts less and less: what it got of late, as of `lastSeenAt`. */
  recent: number;
  /** Milliseconds that its calls waited, and held a slot. */
  waitedMs: number;
  servedMs: number;
  /** Calls that wait or run. */
  calls: number;
  lastSeenAt: number;
}

/** The programs that use a resource. */
export class ProgramBook {
  readonly profiles: AgentProfiles;
  readonly kinds = new CallerKinds();
  /** Of programs that got anything: how many there are, what they got, and the sum of the squares of it. */
  readonly #sizes = { count: 0, sum: 0, squares: 0 };
  readonly #programs = new Map<string, Program>();
  #sweepAbove = sweepAbove;

  constructor(profiles: AgentProfiles) {
    this.profiles = profiles;
  }

  find(name: string): Program | undefined {
    return this.#programs.get(name);
  }

  /** The program of a call that arrives. */
  enter({ program: name, agent, learnsClassOf }: Claim, now: number): Program {
    const program = this.#programs.get(name) ?? this.#open(name, agent, now);
    if (learnsClassOf !== undefined && program.calls === 0 && program.attained > 0) {
      this.kinds.paused(learnsClassOf, now - program.lastSeenAt);
    }
    this.#fade(program, now);
    program.calls += 1;
    return program;
  }

  /** A call has left without a slot. */
  leave(program: Program): void {
    program.calls -= 1;
  }

  /** A call has given its slot back. */
  finish(program: Program, work: number, waitedMs: number, heldMs: number, now: number): void {
    program.calls -= 1;
    this.#count(program, -1);
    program.attained += work;
    this.#count(program, 1);
    this.#fade(program, now);
    program.recent += work;
    program.waitedMs += waitedMs;
    program.servedMs += heldMs;
  }

  /** The program makes no more calls: what it was is learned. Does nothing for one that is unknown. */
  end(name: string): void {
    const program = this.#programs.get(name);
    if (program === undefined) return;
    this.#programs.delete(name);
    this.#count(program, -1);
    if (program.attained > 0) this.profiles.programEnded(program.agent, program.attained);
  }

  /**
   * How much the sizes of programs differ, as their coefficient of variation, and their mean; nothing while there are few.
   * Least attained service is better than first come first served where it is above 1, and worse below.
   */
  get spread(): { variation: number; mean: number } | undefined {
    const { count, sum, squares } = this.#sizes;
    if (count < leastPrograms) return undefined;
    const mean = sum / count;
    return { variation: Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean, mean };
  }

  #count({ attained }: Program, sign: 1 | -1): void {
    if (attained === 0) return;
    this.#sizes.count += sign;
    this.#sizes.sum += sign * attained;
    this.#sizes.squares += sign * attained * attained;
  }

  #fade(program: Program, now: number): void {
    const passedMs = now - program.lastSeenAt;
    if (passedMs > 0) program.recent *= 2 ** (-passedMs / halfLifeMs);
    program.lastSeenAt = now;
  }

  #open(name: string, agent: string | undefined, now: number): Program {
    if (this.#programs.size >= this.#sweepAbove) this.#sweep(now);
    const program = {
      name,
      agent,
      attained: 0,
      recent: 0,
      waitedMs: 0,
      servedMs: 0,
      calls: 0,
      lastSeenAt: now,
    };
    this.#programs.set(name, program);
    return program;
  }

  /** Ends programs that are silent; the next sweep comes when there are twice as many as were left. */
  #sweep(now: number): void {
    for (const program of this.#programs.values()) {
      if (program.calls === 0 && now - program.lastSeenAt > idleMs) this.end(program.name);
    }
    this.#sweepAbove = Math.max(sweepAbove, 2 * this.#programs.size);
  }
}
