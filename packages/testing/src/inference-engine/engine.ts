import { BlockPool } from './block-pool.ts';
import { Heap } from './heap.ts';
import type { EngineParameters } from './parameters.ts';
import { Sequence, type SequenceRequest } from './sequence.ts';

interface Step {
  readonly endsAt: number;
  readonly work: { readonly sequence: Sequence; readonly tokens: number }[];
}

/** What an engine has done since it started. */
export interface EngineCounts {
  steps: number;
  /** Milliseconds of the engine in which a step ran. */
  busyMs: number;
  preemptions: number;
  promptTokens: number;
  generatedTokens: number;
  prefixQueries: number;
  prefixHits: number;
  finished: number;
  aborted: number;
  refused: number;
}

/**
 * Continuous batching as vLLM’s V1 scheduler does it (docs.vllm.ai, "vllm.v1.core.sched"): every step serves all running
 * sequences with what they lack, a token each when they decode and a chunk of the prompt before, within a budget of tokens;
 * then it lets waiting ones in while there is budget, a place and memory. Where memory runs out, the running sequence that
 * comes last is preempted: its blocks are given back and it is computed again later. Time is a parameter.
 */
export class Engine {
  readonly parameters: EngineParameters;
  readonly pool: BlockPool;
  readonly counts: EngineCounts = {
    steps: 0,
    busyMs: 0,
    preemptions: 0,
    promptTokens: 0,
    generatedTokens: 0,
    prefixQueries: 0,
    prefixHits: 0,
    finished: 0,
    aborted: 0,
    refused: 0,
  };
  readonly #waiting = new Heap<Sequence>((left, right) => left.precedes(right));
  /** In order of precedence. */
  readonly #running: Sequence[] = [];
  #waitingCount = 0;
  #arrivals = 0;
  #step: Step | undefined;

  constructor(parameters: EngineParameters) {
    this.parameters = parameters;
    this.pool = new BlockPool(Math.floor(parameters.kvTokens / parameters.blockTokens));
  }

  get running(): number {
    return this.#running.length;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  /** When the step under way ends, in milliseconds of the engine; undefined while idle. */
  get stepEndsAt(): number | undefined {
    return this.#step?.endsAt;
  }

  /** Takes a request; undefined where all places are taken and the engine has no queue. */
  submit(request: SequenceRequest, now: number): Sequence | undefined {
    this.advance(now);
    const { refusesWhenBusy, maxSequences } = this.parameters;
    if (refusesWhenBusy && this.running + this.waiting >= maxSequences) {
      this.counts.refused += 1;
      return undefined;
    }
    this.#arrivals += 1;
    const sequence = new Sequence(request, this.#arrivals, now);
    this.#enqueue(sequence);
    if (this.#step === undefined) this.#begin(now);
    return sequence;
  }

  /** Takes a request away, waiting or running. */
  abort(sequence: Sequence, now: number): void {
    this.advance(now);
    if (sequence.aborted || sequence.finishedAt !== undefined) return;
    sequence.aborted = true;
    this.counts.aborted += 1;
    const place = this.#running.indexOf(sequence);
    if (place < 0) this.#waitingCount -= 1;
    else {
      this.#running.splice(place, 1);
      this.#release(sequence);
    }
  }

  /** Runs every step that ends by then. `onStep` hears when each was due. */
  advance(now: number, onStep?: (endsAt: number) => void): void {
    while (this.#step !== undefined && this.#step.endsAt <= now) {
      const step = this.#step;
      this.#finish(step);
      onStep?.(step.endsAt);
      this.#begin(step.endsAt);
    }
  }

  #enqueue(sequence: Sequence): void {
    this.#waiting.push(sequence);
    this.#waitingCount += 1;
  }

  #begin(now: number): void {
    const work: Step['work'] = [];
    const { maxStepTokens } = this.parameters;
    const preempted = this.counts.preemptions;
    let budget = maxStepTokens;
    for (let index = 0; index < this.#running.length && budget > 0; index += 1) {
      const sequence = this.#running[index] as Sequence;
      const tokens = Math.min(sequence.length - sequence.computed, budget);
      if (!this.#makeRoom(sequence, sequence.computed + tokens)) continue;
      work.push({ sequence, tokens });
      budget -= tokens;
    }
    if (this.counts.preemptions === preempted || work.length === 0) this.#admit(work, budget, now);
    if (work.length === 0) {
      this.#step = undefined;
      return;
    }
    const duration = this.#duration(work);
    this.counts.steps += 1;
    this.counts.busyMs += duration;
    this.#step = { endsAt: now + duration, work };
  }

  #admit(work: Step['work'], budgetLeft: number, now: number): void {
    const { maxSequences, blockTokens, prefixCaching } = this.parameters;
    let budget = budgetLeft;
    while (budget > 0 && this.#running.length < maxSequences) {
      const sequence = this.#waiting.first;
      if (sequence === undefined) return;
      if (sequence.aborted) {
        this.#waiting.shift();
        continue;
      }
      const { prompt } = sequence.request;
      // The last token is always computed: its output is the first token of the answer.
      const mayShare = prefixCaching ? Math.floor((sequence.length - 1) / blockTokens) : 0;
      const shared = this.pool.find(prompt.blockHashes, mayShare);
      const cached = shared.length * blockTokens;
      const tokens = Math.min(sequence.length - cached, budget);
      const wanted = Math.ceil((cached + tokens) / blockTokens) - shared.length;
      if (wanted > this.pool.unused - this.pool.countUnused(shared)) return;
      this.#waiting.shift();
      this.#waitingCount -= 1;
      for (const block of shared) this.pool.share(block);
      sequence.blocks.push(...shared);
      sequence.computed = cached;
      this.#grow(sequence, cached + tokens);
      this.#place(sequence);
      this.counts.prefixQueries += sequence.length;
      this.counts.prefixHits += cached;
      if (sequence.startedAt === undefined) {
        sequence.startedAt = now;
        sequence.cachedTokens = cached;
      }
      work.push({ sequence, tokens });
      budget -= tokens;
    }
  }

  /** Those that run stand in the order in which they keep their blocks. */
  #place(sequence: Sequence): void {
    const index = this.#running.findLastIndex((other) => other.precedes(sequence));
    this.#running.splice(index + 1, 0, sequence);
  }

  /** Gets blocks for so many tokens, at the cost of those that come last. False where it is itself the last. */
  #makeRoom(sequence: Sequence, tokens: number): boolean {
    while (!this.#grow(sequence, tokens)) {
      const victim = this.#running.at(-1) ?? sequence;
      this.#preempt(victim);
      if (victim === sequence) return false;
    }
    return true;
  }

  #grow(sequence: Sequence, tokens: number): boolean {
    const wanted = Math.ceil(tokens / this.parameters.blockTokens) - sequence.blocks.length;
    if (wanted > this.pool.unused) return false;
    for (let count = 0; count < wanted; count += 1) {
      const block = this.pool.allocate();
      if (block !== undefined) sequence.blocks.push(block);
    }
    return true;
  }

  #preempt(sequence: Sequence): void {
    this.#running.splice(this.#running.indexOf(sequence), 1);
    this.#release(sequence);
    sequence.computed = 0;
    sequence.preemptions += 1;
    this.counts.preemptions += 1;
    this.#enqueue(sequence);
  }

  #release(sequence: Sequence): void {
    this.pool.release(sequence.blocks);
    sequence.blocks.length = 0;
  }

  /** The larger of reading the weights and computing, and reading the context of every sequence. */
  #duration(work: Step['work']): number {
    const { weightsMs, computedTokensPerSecond, kvReadMs } = this.parameters;
    let tokens = 0;
    let context = 0;
    for (const item of work) {
      tokens += item.tokens;
      context += item.sequence.computed + item.tokens;
    }
    return Math.max(weightsMs, (tokens * 1000) / computedTokensPerSecond) + context * kvReadMs;
  }

  #finish(step: Step): void {
    for (const { sequence, tokens } of step.work) {
      if (sequence.aborted) continue;
      this.#cacheBlocks(sequence, sequence.computed, sequence.computed + tokens);
      sequence.computed += tokens;
      if (sequence.computed < sequence.length) continue;
      sequence.generate();
      this.counts.generatedTokens += 1;
      if (sequence.isComplete) this.#complete(sequence, step.endsAt);
      else sequence.request.onToken(sequence, false);
    }
  }

  #cacheBlocks({ blocks, request }: Sequence, from: number, to: number): void {
    const { blockTokens, prefixCaching } = this.parameters;
    if (!prefixCaching) return;
    for (let index = Math.floor(from / blockTokens); index < Math.floor(to / blockTokens); index += 1) {
      const block = blocks[index];
      const hash = request.prompt.blockHashes[index];
      if (block !== undefined && hash !== undefined) this.pool.cache(block, hash);
    }
  }

  #complete(sequence: Sequence, now: number): void {
    sequence.finishedAt = now;
    this.#running.splice(this.#running.indexOf(sequence), 1);
    this.#release(sequence);
    this.counts.finished += 1;
    this.counts.promptTokens += sequence.promptTokens;
    sequence.request.onToken(sequence, true);
  }
}
