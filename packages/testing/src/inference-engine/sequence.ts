import { answerToken } from './answer-text.ts';
import type { Block } from './block-pool.ts';
import type { TokenChain } from './token-chain.ts';

/** What the engine is asked for. */
export interface SequenceRequest {
  /** The tokens of the prompt; those of the answer are added to it. */
  readonly prompt: TokenChain;
  /** Of the answer’s text. */
  readonly seed: number;
  /** Tokens of the answer that the prompt holds already. */
  readonly firstToken: number;
  /** Tokens to generate, at least one. */
  readonly answerTokens: number;
  /** The lower goes first. */
  readonly priority: number;
  /** A token was generated, or the last one. */
  onToken(sequence: Sequence, isLast: boolean): void;
}

/** One request in the engine. Times are in milliseconds of the engine. */
export class Sequence {
  readonly request: SequenceRequest;
  readonly number: number;
  readonly arrivedAt: number;
  readonly promptTokens: number;
  readonly blocks: Block[] = [];
  /** Tokens whose keys and values are there. */
  computed = 0;
  generated = 0;
  /** Tokens of the prompt that were found in the prefix cache when it began. */
  cachedTokens = 0;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  preemptions = 0;
  aborted = false;

  constructor(request: SequenceRequest, number: number, arrivedAt: number) {
    this.request = request;
    this.number = number;
    this.arrivedAt = arrivedAt;
    this.promptTokens = request.prompt.length;
  }

  get length(): number {
    return this.promptTokens + this.generated;
  }

  /** Adds the next token of the answer. */
  generate(): void {
    const { prompt, seed, firstToken } = this.request;
    prompt.pushText(answerToken(seed, firstToken + this.generated));
    this.generated += 1;
  }

  get isComplete(): boolean {
    return this.generated >= this.request.answerTokens;
  }

  precedes(other: Sequence): boolean {
    const difference = this.request.priority - other.request.priority;
    return difference === 0 ? this.number < other.number : difference < 0;
  }
}
