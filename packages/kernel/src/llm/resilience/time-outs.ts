import { AiosError } from '@aios/protocol';
import type { Clock } from '../clock.ts';

/** Milliseconds; an absent one does not apply. */
export interface TimeOutSettings {
  /** Until the connection stands; kept by the driver, which makes it. */
  readonly connectMs?: number;
  /** Until the first piece of a streamed reply, connecting included. */
  readonly firstTokenMs?: number;
  /** Between two pieces of a streamed reply. */
  readonly idleMs?: number;
  /** Until the whole reply. */
  readonly totalMs?: number;
}

/** Ends one attempt at a core when it takes too long or its caller gives up. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  /** A piece of the reply came. */
  touch(): void;
}

interface TimeLimitOptions {
  readonly clock: Clock;
  readonly settings: TimeOutSettings;
  readonly model: string;
  /** The call’s own. */
  readonly signal: AbortSignal;
  readonly isStream: boolean;
}

/** Starts the time of one attempt. Costs nothing where no time-out is set. */
export function limitTime(options: TimeLimitOptions): TimeLimit {
  const { settings, signal, isStream } = options;
  const watchesPieces = isStream && (settings.firstTokenMs !== undefined || settings.idleMs !== undefined);
  if (settings.totalMs === undefined && !watchesPieces) return unlimited(signal);
  return watch(options);
}

function unlimited(signal: AbortSignal): TimeLimit {
  return { signal, touch: () => undefined, [Symbol.dispose]: () => undefined };
}

/** One timer for all of them: it looks what is due when it fires, so that a piece costs no timer. */
function watch({ clock, settings, model, signal, isStream }: TimeLimitOptions): TimeLimit {
  const controller = new AbortController();
  const startedAt = clock.now();
  let touchedAt: number | undefined;
  let cancelTimer: (() => void) | undefined;

  const pieceLimit = () => {
    if (!isStream) return undefined;
    const allowedMs = touchedAt === undefined ? settings.firstTokenMs : settings.idleMs;
    return allowedMs === undefined ? undefined : (touchedAt ?? startedAt) + allowedMs;
  };
  const totalLimit = settings.totalMs === undefined ? undefined : startedAt + settings.totalMs;
  const check = () => {
    const now = clock.now();
    const pieceAt = pieceLimit();
    if (totalLimit !== undefined && now >= totalLimit) {
      controller.abort(tooLong(model, settings.totalMs));
    } else if (pieceAt !== undefined && now >= pieceAt) {
      controller.abort(
        touchedAt === undefined
          ? noFirstToken(model, settings.firstTokenMs)
          : stalled(model, settings.idleMs),
      );
    } else {
      const next = Math.min(totalLimit ?? Number.POSITIVE_INFINITY, pieceAt ?? Number.POSITIVE_INFINITY);
      if (Number.isFinite(next)) cancelTimer = clock.after(Math.ceil(next - now), check);
    }
  };
  const onAbort = () => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  check();
  return {
    signal: controller.signal,
    touch: () => {
      const isFirst = touchedAt === undefined;
      touchedAt = clock.now();
      if (!isFirst) return;
      cancelTimer?.();
      check();
    },
    [Symbol.dispose]: () => {
      cancelTimer?.();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function noFirstToken(model: string, limitMs: number | undefined): AiosError {
  return new AiosError(
    'unavailable',
    `Model "${model}" sent nothing within ${limitMs} ms. Check its server, or raise llms.timeouts.first_token_ms.`,
    { details: { model, timeout: 'first_token' } },
  );
}

function stalled(model: string, limitMs: number | undefined): AiosError {
  return new AiosError(
    'unavailable',
    `The reply of model "${model}" stood still for ${limitMs} ms and was given up. If it may pause so long, raise llms.timeouts.idle_ms.`,
    { details: { model, timeout: 'idle' } },
  );
}

function tooLong(model: string, limitMs: number | undefined): AiosError {
  return new AiosError(
    'deadline_exceeded',
    `Model "${model}" was not done within ${limitMs} ms. Ask for less, or raise llms.timeouts.total_ms.`,
    { details: { model, timeout: 'total' } },
  );
}
