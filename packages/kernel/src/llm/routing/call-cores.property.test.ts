import { AiosError } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scheduler } from '../../scheduler/index.ts';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { callCores } from './call-cores.ts';
import {
  type Answering,
  busy,
  cores,
  cost,
  limited,
  patience,
  replyOf,
  request,
  stall,
} from './core.fixture.ts';
import { Waste } from './waste.ts';

test('over random failures and limits: no bucket is overdrawn, no call is lost or sent twice after its first token, the breaker is obeyed, slots come back', async () => {
  const outcome = fc.constantFrom(
    'answer',
    'answer',
    'answer',
    'busy',
    'busy',
    'limited',
    'cut',
    'stall',
    'refused',
    'wrong',
  );
  const perMinute = fc.constantFrom(
    { requests: 5, inputTokens: 1000, outputTokens: 1000 },
    { requests: 100, inputTokens: 60, outputTokens: 1000 },
    { requests: 100, inputTokens: 1000, outputTokens: 25 },
    { requests: 100, inputTokens: 1000, outputTokens: 1000 },
  );
  const plan = fc.record({
    perMinute,
    outcomes: fc.array(fc.tuple(outcome, fc.integer({ min: 0, max: 3000 })), { minLength: 1, maxLength: 40 }),
    calls: fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 2000 }),
        givesUpAfterMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { freq: 6 }),
        isStream: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ perMinute, outcomes, calls }) => {
      const model = {
        concurrency: 3,
        requests_per_minute: perMinute.requests,
        input_tokens_per_minute: perMinute.inputTokens,
        output_tokens_per_minute: perMinute.outputTokens,
        timeouts: { first_token_ms: 5000, idle_ms: 5000, total_ms: 20_000 },
      };
      const clock = new SimulatedClock();
      const scheduler = new Scheduler({
        settings: () => ({
          maxQueued: 1000,
          maxWaitMs: 1e9,
          classWeights: { interactive: 1, pipeline: 1, batch: 1 },
          tenantWeights: {},
          starvationFactor: 32,
          priorityAgeingMs: 10_000,
          sliceOutputTokens: undefined,
          sliceMs: undefined,
        }),
        clock,
      });
      const used = new Map<
        string,
        { at: number; requests: number; inputTokens: number; outputTokens: number }[]
      >();
      let sends = 0;

      const answering = (name: string): Answering => {
        let running = 0;
        let probes = 0;
        return async (_request, { signal, emit }) => {
          const { breaker } = coreOf(name);
          const isProbe = breaker.state === 'half_open';
          const [kind, delayMs] = outcomes[sends % outcomes.length] ?? ['answer', 0];
          sends += 1;
          running += 1;
          if (isProbe) probes += 1;
          expect(breaker.state).not.toBe('open');
          expect(running).toBeLessThanOrEqual(model.concurrency);
          expect(probes).toBeLessThanOrEqual(1);
          const book = { at: clock.now(), requests: 1, inputTokens: 0, outputTokens: 0 };
          used.set(name, [...(used.get(name) ?? []), book]);
          try {
            await Promise.race([
              new Promise<void>((resolve) => clock.after(delayMs, resolve)),
              stall(signal),
            ]);
            if (kind === 'limited') throw limited(delayMs * 3);
            if (kind === 'wrong') throw new AiosError('invalid_argument', 'wrong');
            if (kind === 'refused') {
              throw new AiosError('failed_precondition', 'refused', { disposition: 'operator' });
            }
            Object.assign(
              book,
              kind === 'answer' ? { inputTokens: cost.inputTokens, outputTokens: 3 } : cost,
            );
            if (kind === 'busy') throw busy();
            emit?.({ type: 'text-delta', text: 'He' });
            if (kind === 'cut') throw busy();
            if (kind === 'stall') return await stall(signal);
            return replyOf('hello', { inputTokens: cost.inputTokens, outputTokens: 3 });
          } finally {
            running -= 1;
            if (isProbe) probes -= 1;
          }
        };
      };
      const all = cores(
        clock,
        [answering('a'), answering('b')],
        { breaker: { failures: 2, open_ms: 1500 } },
        model,
      );
      const coreOf = (name: string) => all.find(({ settings }) => settings.name === name) ?? fail(name);
      scheduler.configure(
        all.map(({ queue, settings }) => ({
          queue,
          resource: 'core',
          slots: settings.concurrency,
          policy: 'fair',
        })),
      );

      const ends: ('ok' | string)[] = [];
      const makeCall = async (number: number, signal: AbortSignal, isStream: boolean) => {
        let slot: { release(): void } | undefined;
        const moveTo = async (queue: string) => {
          slot?.release();
          slot = undefined;
          const claim = {
            call: `${number}`,
            tenant: 'local',
            user: 'owner',
            program: `process ${number}`,
            class: 'pipeline',
            priority: 0,
            cost,
          } as const;
          slot = await scheduler.acquire(queue, claim, signal);
          return undefined;
        };
        let begun = false;
        try {
          const candidates = number % 2 === 0 ? all : all.toReversed();
          await callCores({
            cores: candidates,
            cost,
            patience,
            clock,
            random: () => 0.5,
            waste: new Waste(),
            signal,
            moveTo,
            ...(isStream && {
              emit: () => {
                begun = true;
              },
            }),
            send: ({ driver }, sending) => {
              expect(begun).toBe(false);
              return driver.chat(request, sending);
            },
          });
          ends.push('ok');
        } catch (error) {
          if (!AiosError.isInstance(error)) throw error;
          if (begun && !signal.aborted) expect(error.details?.partial).toBe(true);
          ends.push(error.code);
        } finally {
          slot?.release();
        }
      };

      const running: Promise<void>[] = [];
      for (const [number, { afterMs, givesUpAfterMs, isStream }] of calls.entries()) {
        await clock.advance(afterMs);
        const controller = new AbortController();
        if (givesUpAfterMs !== null) {
          clock.after(givesUpAfterMs, () => controller.abort(new AiosError('cancelled', 'enough')));
        }
        running.push(makeCall(number, controller.signal, isStream));
      }
      await clock.runOut();
      await Promise.all(running);

      expect(ends).toHaveLength(calls.length);
      expect(ends).not.toContain('internal');
      expect(scheduler.loads().every((load) => load.running === 0 && load.queued === 0)).toBe(true);
      for (const sent of used.values()) {
        for (const [from, first] of sent.entries()) {
          const total = { requests: 0, inputTokens: 0, outputTokens: 0 };
          for (const book of sent.slice(from)) {
            for (const key of ['requests', 'inputTokens', 'outputTokens'] as const) {
              total[key] += book[key];
              const allowed = perMinute[key] * (1 + (book.at - first.at) / 60_000);
              expect(total[key]).toBeLessThanOrEqual(allowed + 1e-6);
            }
          }
        }
      }
    }),
    { numRuns: 100 },
  );
}, 20_000);

function fail(name: string): never {
  throw new Error(`There is no core ${name}.`);
}
