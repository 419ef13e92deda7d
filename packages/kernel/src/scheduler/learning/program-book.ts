import type { Claim } from '../claim.ts';
import type { AgentProfiles } from './agent-profiles.ts';

/** A program that is silent for so long counts as ended, as llm-d does it. */
const idleMs = 3_600_000;
/** Programs after which those that are silent are looked for. */
const sweepAbove = 1000;

/** What a program got so far of a resource, over all its queues. */
export interface Program {
  readonly name: string;
  readonly agent: string | undefined;
  /** Units of work of its finished calls. */
  attained: number;
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
  readonly #programs = new Map<string, Program>();
  #sweepAbove = sweepAbove;

  constructor(profiles: AgentProfiles) {
    this.profiles = profiles;
  }

  find(name: string): Program | undefined {
    return this.#programs.get(name);
  }

  /** The program of a call that arrives. */
  enter({ program: name, agent }: Claim, now: number): Program {
    const program = this.#programs.get(name) ?? this.#open(name, agent, now);
    program.calls += 1;
    program.lastSeenAt = now;
    return program;
  }

  /** A call has left without a slot. */
  leave(program: Program): void {
    program.calls -= 1;
  }

  /** A call has given its slot back. */
  finish(program: Program, work: number, waitedMs: number, heldMs: number, now: number): void {
    program.calls -= 1;
    program.attained += work;
    program.waitedMs += waitedMs;
    program.servedMs += heldMs;
    program.lastSeenAt = now;
  }

  /** The program makes no more calls: what it was is learned. Does nothing for one that is unknown. */
  end(name: string): void {
    const program = this.#programs.get(name);
    if (program === undefined) return;
    this.#programs.delete(name);
    if (program.attained > 0) this.profiles.programEnded(program.agent, program.attained);
  }

  #open(name: string, agent: string | undefined, now: number): Program {
    if (this.#programs.size >= this.#sweepAbove) this.#sweep(now);
    const program = { name, agent, attained: 0, waitedMs: 0, servedMs: 0, calls: 0, lastSeenAt: now };
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
