import { AiosError, toAiosError } from '@aios/protocol';
import { type Clock, sleep } from '../clock.ts';
import type { Core } from '../core.ts';
import type { RateLimitReport } from '../driver.ts';
import type { Cost } from '../limits/index.ts';
import { askedWaitMs, backoffMs, judge } from '../resilience/index.ts';
import { attempt, type Sending } from './attempt.ts';
import type { Waste } from './waste.ts';

/** How patient a call is. */
export interface Patience {
  /** Times that a call is sent again to the same core. */
  readonly retries: number;
  /** Milliseconds that a call waits for the limits of a core while another core could answer. */
  readonly fallbackWaitMs: number;
  /** Milliseconds that it waits where none could. */
  readonly maxWaitMs: number;
}

/** What a driver answers, as far as it matters here. */
export interface Answer {
  readonly usage: Cost;
  readonly limits?: RateLimitReport;
}

/** A core that was asked and did not answer. */
export type Tried = { model: string; code: string; message: string };

/** How a call goes about its cores, whatever it asks of them. */
export interface CoresTerms {
  /** In the order in which they are tried. */
  readonly cores: readonly Core[];
  readonly cost: Cost;
  readonly patience: Patience;
  readonly clock: Clock;
  /** From 0 up to 1, for the jitter. */
  readonly random: () => number;
  /** Takes what attempts that fail may have used. */
  readonly waste: Waste;
}

interface CoresCall<Reply extends Answer, Chunk> extends CoresTerms {
  /** The caller’s. */
  readonly signal: AbortSignal;
  readonly emit?: ((chunk: Chunk) => void) | undefined;
  readonly moveTo: (queue: string) => number | undefined | Promise<number | undefined>;
  readonly send: (core: Core, sending: Sending<Chunk>) => Promise<Reply>;
}

/** How far a call has come. */
interface Progress {
  /** A piece of the reply has reached the caller: from here on nothing may be sent a second time. */
  begun: boolean;
}

/**
 * Sends a call to the first core that has a place for it and answers: again to the same one where that may help, then to the
 * next one, and never once a piece of a reply has reached the caller. Rejects with the provider’s error, or with all of them
 * where several were tried.
 */
export async function callCores<Reply extends Answer, Chunk>(
  call: CoresCall<Reply, Chunk>,
): Promise<{ core: Core; reply: Reply; tried: Tried[] }> {
  const progress: Progress = { begun: false };
  const tried: Tried[] = [];
  const failures: AiosError[] = [];
  for (const core of call.cores) {
    try {
      const moved = call.moveTo(core.queue);
      const rank = moved instanceof Promise ? await moved : moved;
      const reply = await askCore(core, rank, call, progress);
      return { core, reply, tried };
    } catch (thrown) {
      call.signal.throwIfAborted();
      const error = toAiosError(thrown);
      if (progress.begun) throw withWaste(partial(error), call.waste);
      failures.push(error);
      tried.push({ model: core.settings.name, code: error.code, message: error.message });
      if (!judge(error).elsewhere) break;
    }
  }
  throw withWaste(summarise(failures, tried), call.waste);
}

/** Asks one core, several times where the same request may succeed a little later. */
async function askCore<Reply extends Answer, Chunk>(
  core: Core,
  rank: number | undefined,
  call: CoresCall<Reply, Chunk>,
  progress: Progress,
): Promise<Reply> {
  const { cores, clock, cost, signal, patience, emit, send, waste } = call;
  for (let retry = 0; ; retry += 1) {
    const hasOthers = hasUsableAfter(core, cores);
    const waitMs = hasOthers ? patience.fallbackWaitMs : patience.maxWaitMs;
    try {
      return await attempt({
        core,
        cost,
        rank,
        waitMs,
        clock,
        signal,
        emit:
          emit &&
          ((chunk: Chunk) => {
            progress.begun = true;
            emit(chunk);
          }),
        send: (sending: Sending<Chunk>) => send(core, sending),
        waste: (used: Cost) => waste.add(core, used),
      });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toAiosError(thrown);
      // Who is not there at all will hardly be there in a second; another core may be.
      const isGone = error.details?.unreachable === true && hasOthers;
      const canRepeat = !progress.begun && !isGone && judge(error).again && retry < patience.retries;
      if (!canRepeat || (askedWaitMs(error) ?? 0) > waitMs) throw error;
    }
    await sleep(clock, backoffMs(retry, call.random), signal);
  }
}

function hasUsableAfter(core: Core, cores: readonly Core[]): boolean {
  for (let index = cores.indexOf(core) + 1; index < cores.length; index += 1) {
    if (cores[index]?.health.isUsable) return true;
  }
  return false;
}

/** Says that the caller holds a part of the reply, which was paid for. */
export function partial(error: AiosError): AiosError {
  const { code, message, disposition, details } = error;
  return new AiosError(code, message, { disposition, details: { ...details, partial: true } });
}

/** Says what of the budget is gone although there is no reply. */
function withWaste(error: AiosError, { tokens, usd }: Waste): AiosError {
  if (tokens === 0) return error;
  const { code, message, disposition, details } = error;
  return new AiosError(code, message, { disposition, details: { ...details, wasted: { tokens, usd } } });
}

/**
 * One error for several, with the words of all: the one that says the request is wrong, else that of a core which may answer
 * later, else the first.
 */
function summarise(failures: readonly AiosError[], tried: readonly Tried[]): AiosError {
  const [first] = failures;
  const last = failures.at(-1);
  if (first === undefined || last === undefined) {
    return new AiosError('internal', 'A call was sent to no model.');
  }
  if (failures.length === 1) return first;
  const mayAnswerLater = failures.find(
    ({ disposition }) => disposition === 'wait' || disposition === 'retry',
  );
  const telling = judge(last).elsewhere ? (mayAnswerLater ?? first) : last;
  const words = tried.map(({ model, message }) => `"${model}": ${message}`);
  return new AiosError(telling.code, `No model could answer. ${words.join(' ')}`, {
    disposition: telling.disposition,
    details: { ...telling.details, tried },
  });
}
