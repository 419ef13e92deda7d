import type { ChatChunk, ChatRequest, Usage } from '@aios/protocol';
import { addUsage } from '../../usage/index.ts';
import { addCost, countedAnew, restOf } from './accounts.ts';
import type { Continuation } from './continuation.ts';
import type { GeneratedReply, Keeper, Model, Models, Sending, SliceEnd, SlotControl } from './ports.ts';
import { Recording } from './recording.ts';
import { safeCut } from './safe-cut.ts';
import { Echo, Seam } from './seam.ts';
import { type Progress, type Snapshot, snapshotVersion } from './snapshot.ts';

export interface SliceTerms {
  readonly models: Pick<Models, 'inputTokens' | 'textTokens'>;
  readonly model: Model;
  readonly request: ChatRequest;
  /** What earlier slices came to. */
  readonly earlier: Progress | undefined;
  readonly continuation: Continuation;
  /** The text is the same each time, so that what is written again can be cut where no token is split. */
  readonly isGreedy: boolean;
  readonly slot: Pick<SlotControl, 'onYield' | 'progress'>;
  readonly runToEnd: (reason: string) => void;
  readonly keeper: Keeper | undefined;
}

/** One time that a model is asked, from where the generation stands to the end of the reply or until the slot is to be left. */
export class Slice {
  readonly #terms: SliceTerms;
  readonly #base: string;
  readonly #seam: Seam;
  readonly #echo: Echo | undefined;
  readonly #recording = new Recording();
  readonly #stopping = new AbortController();
  readonly #inputTokens: number;
  #mustYield = false;
  /** The model wrote something else the second time. */
  #diverged = false;

  constructor(terms: SliceTerms, isStreamed: boolean) {
    this.#terms = terms;
    const { models, earlier, request, continuation } = terms;
    this.#base = earlier?.text.slice(0, earlier.cut) ?? '';
    // Who is told nothing before the end need not be told the same again.
    this.#seam = new Seam(isStreamed ? (earlier?.text ?? '') : this.#base, this.#base.length);
    this.#echo = continuation.echoes && this.#base !== '' ? new Echo(this.#base) : undefined;
    this.#inputTokens = models.inputTokens(request) + models.textTokens(this.#base);
  }

  /** Whether it ended because the model did not write again what it had written. */
  get diverged(): boolean {
    return this.#diverged;
  }

  async run(sending: Sending): Promise<SliceEnd> {
    const { model, earlier, request, slot, keeper } = this.#terms;
    slot.onYield(() => {
      this.#mustYield = true;
      this.#stopWhereItCan();
    });
    try {
      const reply = await model.chat(restOf(request, earlier), {
        signal: AbortSignal.any([sending.signal, this.#stopping.signal]),
        emit: (chunk) => this.#take(chunk, sending),
        ...(this.#base !== '' && { continueFrom: this.#base }),
      });
      this.#takeText(this.#echo?.finish() ?? '', sending);
      if (!this.#stopping.signal.aborted && this.#seam.isClosed) {
        return { kind: 'whole', usage: reply.usage, reply: this.#withText(reply) };
      }
      // It ended before it had written again all that its caller has.
      this.#diverged = true;
    } catch (error) {
      if (!this.#stopping.signal.aborted || sending.signal.aborted) throw error;
    }
    keeper?.changed(() => this.snapshot(), true);
    return { kind: 'stopped', usage: this.#usage() };
  }

  /** Where the generation stands. */
  progress(): Progress {
    const { model, earlier, continuation } = this.#terms;
    const isText = this.#recording.isText && !this.#diverged;
    const cut = (isText ? this.#cut() : undefined) ?? earlier?.cut ?? 0;
    const start = earlier?.keptTokens ?? 0;
    const keptTokens = start + this.#tokensUpTo(cut);
    const usage = this.#usage();
    const costUsd = addCost(earlier?.costUsd, model.costUsd(usage));
    return {
      origin: model.origin,
      ...(this.#recording.isText && { method: continuation.method }),
      text: this.#seam.told,
      cut: this.#diverged ? this.#seam.told.length : cut,
      keptTokens,
      reasoning: this.#recording.reasoning,
      toolCalls: this.#recording.toolCalls,
      usage: earlier === undefined ? usage : addUsage(earlier.usage, usage),
      ...(costUsd !== undefined && { costUsd }),
      slices: (earlier?.slices ?? 0) + 1,
      starts: [...(earlier?.starts ?? []), start],
      resumedInputTokens: (earlier?.resumedInputTokens ?? 0) + (usage.resumedInputTokens ?? 0),
      repeatedOutputTokens:
        (earlier?.repeatedOutputTokens ?? 0) + Math.max(0, usage.outputTokens - (keptTokens - start)),
    };
  }

  /** What earlier slices used, as the provider counted the prompt for this one. */
  recounted({ inputTokens, source }: Usage): Progress {
    const { earlier, continuation, model } = this.#terms;
    if (earlier === undefined) throw new Error('There is no earlier slice.');
    if (source !== 'provider' || !continuation.sendsTokens) return earlier;
    const counted = countedAnew(earlier, inputTokens);
    const costUsd =
      earlier.origin.core === model.origin.core ? model.costUsd(counted.usage) : earlier.costUsd;
    return { ...counted, ...(costUsd !== undefined && { costUsd }) };
  }

  snapshot(): Snapshot {
    return { version: snapshotVersion, request: this.#terms.request, progress: this.progress() };
  }

  #take(chunk: ChatChunk, sending: Sending): void {
    // What still comes after the stop is not part of the text from which it goes on.
    if (this.#stopping.signal.aborted) return;
    if (chunk.type === 'context-fitted') {
      sending.emit?.(chunk);
      return;
    }
    const { slot, runToEnd, keeper } = this.#terms;
    if (chunk.type === 'text-delta') {
      this.#takeText(this.#echo === undefined ? chunk.text : this.#echo.take(chunk.text), sending);
    } else {
      if (this.#recording.isText)
        runToEnd(`it has begun to ${chunk.type === 'reasoning-delta' ? 'think' : 'call a tool'}`);
      this.#recording.add(chunk);
      sending.emit?.(chunk);
    }
    slot.progress({ inputTokens: this.#inputTokens, outputTokens: this.#outputTokens() });
    keeper?.changed(() => this.snapshot(), false);
    this.#stopWhereItCan();
  }

  #takeText(text: string, sending: Sending): void {
    if (text === '') return;
    const fresh = this.#seam.take(text);
    this.#recording.addText(this.#seam.text.length);
    if (fresh === undefined) {
      this.#diverged = true;
      this.#stopping.abort();
    } else if (fresh !== '') sending.emit?.({ type: 'text-delta', text: fresh });
  }

  #stopWhereItCan(): void {
    if (!this.#mustYield || !this.#recording.isText || !this.#seam.isClosed) return;
    const cut = this.#cut();
    if (cut !== undefined && cut > this.#base.length) this.#stopping.abort();
  }

  #cut(): number | undefined {
    const { isGreedy, request } = this.#terms;
    const cut = safeCut(this.#seam.text, { isGreedy, stop: request.stop ?? [] });
    return cut !== undefined && cut >= this.#base.length ? cut : undefined;
  }

  #outputTokens(): number {
    return this.#tokensUpTo(Number.POSITIVE_INFINITY);
  }

  #tokensUpTo(length: number): number {
    const { models, continuation } = this.#terms;
    const isAll = length === Number.POSITIVE_INFINITY;
    if (continuation.sendsTokens) return isAll ? this.#recording.pieces : this.#recording.piecesUpTo(length);
    return models.textTokens(
      this.#seam.text.slice(this.#base.length, length) + (isAll ? this.#recording.reasoning : ''),
    );
  }

  #usage(): Usage {
    const isResumed = this.#terms.earlier !== undefined;
    return {
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens(),
      ...(isResumed && { resumedInputTokens: this.#inputTokens }),
      source: 'estimate',
    };
  }

  #withText(reply: GeneratedReply): GeneratedReply {
    return { ...reply, message: { ...reply.message, content: this.#seam.text } };
  }
}
