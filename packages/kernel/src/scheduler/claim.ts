import type { CallClass } from '@aios/protocol';

/** What a call takes of a resource: tokens where it has any, else plain units as input. */
export interface Cost {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens: those that the resource had computed before and said so. */
  readonly cachedInputTokens?: number | undefined;
}

/** Of a call of which nothing else is known. */
export const oneUnit: Cost = { inputTokens: 1, outputTokens: 0 };
export const noCost: Cost = { inputTokens: 0, outputTokens: 0 };

/** Weights of virtual token counters: an output token holds a slot longer than an input token (VTC, OSDI 2024). */
const inputWeight = 1;
const outputWeight = 2;
/** What is read from a cache costs little; providers bill it at a tenth. */
const cachedWeight = 0.1;

/** The one number by which costs are compared. */
export function unitsOf({ inputTokens, outputTokens, cachedInputTokens = 0 }: Cost): number {
  const fresh = inputTokens - (1 - cachedWeight) * Math.min(cachedInputTokens, inputTokens);
  return inputWeight * fresh + outputWeight * outputTokens;
}

/** Who asks for a slot, and for what. */
export interface Claim {
  /** Number of the system call. */
  readonly call: string;
  readonly tenant: string;
  readonly user: string;
  /** What belongs together: a process tree, a conversation, else all calls of a user. Unique across tenants. */
  readonly program: string;
  /** Name of the agent, by which the work of its programs is learned. */
  readonly agent?: string | undefined;
  readonly class: CallClass;
  /** Where nobody declared the class: whose calls show what it is. */
  readonly learnsClassOf?: string | undefined;
  /** The greater comes first; 0 is usual. */
  readonly priority: number;
  /** Milliseconds of Unix time after which the answer is of no use. */
  readonly deadlineAt?: number | undefined;
  /** As it is estimated. */
  readonly cost: Cost;
}
