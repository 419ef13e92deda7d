import { AiosError, toAiosError } from '@aios/protocol';
import { untilAborted } from '../../syscall/index.ts';
import type { Clock } from '../clock.ts';
import type { Core } from '../core.ts';
import type { RateLimitReport } from '../driver.ts';
import type { Cost } from '../limits/index.ts';
import type { Permit } from '../resilience/index.ts';
import { askedWaitMs, judge, limitTime, type TimeLimit, wastedBy } from '../resilience/index.ts';
import { Admission } from './admission.ts';

/** What a driver gets for one attempt. */
export interface Sending<Chunk> {
  readonly signal: AbortSignal;
  readonly emit?: (chunk: Chunk) => void;
  /** See `DriverCall`. */
  readonly admit: (cost: Cost) => Promise<void>;
  /** See `DriverCall`. */
  readonly priority?: number;
}

interface Attempt<Reply, Chunk> {
  readonly core: Core;
  readonly cost: Cost;
  /** How long it may wait for the limits of the core. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of its slot, among the calls that run. */
  readonly rank: number | undefined;
  /** Takes the pieces of a streamed reply; absent where it is not streamed. */
  readonly emit?: ((chunk: Chunk) => void) | undefined;
  readonly send: (sending: Sending<Chunk>) => Promise<Reply>;
  /** Takes what a failed attempt may have used all the same. */
  readonly waste: (used: Cost) => void;
}

const nothing: Cost = { inputTokens: 0, outputTokens: 0 };

/** Sends a call to a core once, within its limits, past its breaker and in its time, and books how it went. */
export async function attempt<Reply extends { usage: Cost; limits?: RateLimitReport }, Chunk>(
  options: Attempt<Reply, Chunk>,
): Promise<Reply> {
  const { core, cost, waitMs, clock, signal } = options;
  if (!core.breaker.isPassable) throw breakerOpen(core, clock);
  const admission = new Admission(core, waitMs, signal);
  const admitted = admission.admit(cost);
  if (admitted !== undefined) await admitted;
  const permit = core.breaker.enter();
  if (permit === undefined) {
    admission.cancel();
    throw breakerOpen(core, clock);
  }
  const { timeOuts: settings, name: model } = core.settings;
  core.monitor?.used();
  const time = limitTime({ clock, settings, model, signal, isStream: options.emit !== undefined });
  const state = { isOver: false };
  try {
    const sent = options.send(sendingOf(options, time, admission, state));
    // The path of the call watches the caller’s signal already.
    const reply = await (time.signal === signal ? sent : untilAborted(sent, time.signal));
    permit.succeed();
    admission.settle(reply.usage);
    if (reply.limits !== undefined) core.limits.report(reply.limits);
    core.health.succeeded();
    core.gauge()?.answered();
    return reply;
  } catch (thrown) {
    // A time-out of ours ends the driver’s call too, which may then reject with an error of its own.
    const timedOut = time.signal.aborted && !signal.aborted;
    const error = toAiosError(timedOut ? time.signal.reason : thrown);
    if (signal.aborted) abandon(permit, admission);
    else {
      options.waste(wastedBy(error, admission.reserved, admission.hasSent));
      book(error, core, permit, admission);
    }
    throw error;
  } finally {
    state.isOver = true;
    time[Symbol.dispose]();
  }
}

/** What the driver gets; nothing that it emits once the attempt is over goes on. */
function sendingOf<Reply, Chunk>(
  { core, rank, emit }: Attempt<Reply, Chunk>,
  time: TimeLimit,
  admission: Admission,
  state: { isOver: boolean },
): Sending<Chunk> {
  const sending: Sending<Chunk> = {
    signal: time.signal,
    admit: async (cost) => admission.admit(cost),
    ...(core.settings.passesPriority && rank !== undefined && { priority: rank }),
  };
  if (emit === undefined) return sending;
  return {
    ...sending,
    emit: (chunk: Chunk) => {
      if (state.isOver) return;
      time.touch();
      emit(chunk);
    },
  };
}

function abandon(permit: Permit, admission: Admission): void {
  permit.abandon();
  admission.settle(undefined);
}

function book(error: AiosError, core: Core, permit: Permit, admission: Admission): void {
  const { isOutage, needsOperator } = judge(error);
  const saysNothing = needsOperator || error.code === 'rate_limited' || error.code === 'internal';
  if (isOutage) permit.fail();
  else if (saysNothing) permit.abandon();
  else permit.succeed();
  admission.settle(isOutage || admission.hasSent ? undefined : nothing);

  const waitMs = askedWaitMs(error);
  if (error.code === 'rate_limited') core.gauge()?.congested('refusals', error.message);
  const report = error.details?.limits as RateLimitReport | undefined;
  if (report !== undefined) core.limits.report(report);
  if (waitMs !== undefined) core.limits.pause(waitMs);
  core.health.failed(error, needsOperator);
}

function breakerOpen(core: Core, clock: Clock): AiosError {
  const { name } = core.settings;
  const waitMs = Math.max(0, Math.ceil((core.breaker.retryAt ?? 0) - clock.now()));
  const { reason } = core.health.read();
  return new AiosError(
    'unavailable',
    `Model "${name}" failed too often and is not asked for now. Try again in ${waitMs} ms. Last failure: ${reason}`,
    { details: { model: name, breaker: core.breaker.state, retryAfterMs: waitMs } },
  );
}
