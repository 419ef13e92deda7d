import { AiosError, type ChatChunk } from '@aios/protocol';
import { expect, test } from 'vitest';
import type { Core } from '../core.ts';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { callCores } from './call-cores.ts';
import {
  type Answering,
  busy,
  cores,
  cost,
  failing,
  limited,
  patience,
  request,
  stall,
} from './core.fixture.ts';

interface Options {
  readonly signal?: AbortSignal;
  readonly emit?: (chunk: ChatChunk) => void;
}

async function call(clock: SimulatedClock, candidates: readonly Core[], options: Options = {}) {
  const moves: string[] = [];
  const settled = callCores({
    cores: candidates,
    cost,
    patience,
    clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    moveTo: async (queue) => void moves.push(queue),
    send: ({ driver }, sending) => driver.chat(request, sending),
    ...options,
  }).then(
    ({ core, tried }) => ({
      model: core.settings.name,
      tried: tried.map(({ model }) => model),
      error: undefined,
    }),
    (error: AiosError) => ({ model: undefined, tried: [], error }),
  );
  const startedAt = clock.now();
  let tookMs = 0;
  const timed = settled.then((result) => {
    tookMs = clock.now() - startedAt;
    return result;
  });
  await clock.runOut();
  return { ...(await timed), moves, tookMs };
}

test('a core that fails for a moment is asked again', async () => {
  const clock = new SimulatedClock();
  const { answer, count } = failing(busy(), busy());
  const result = await call(clock, cores(clock, [answer]));
  expect(result).toMatchObject({ model: 'a', tried: [], tookMs: 250 + 500 });
  expect(count()).toBe(3);
});

test('after its retries a call goes to the next core, in that core’s queue', async () => {
  const clock = new SimulatedClock();
  const first = failing(busy(), busy(), busy(), busy());
  const result = await call(clock, cores(clock, [first.answer, failing().answer]));
  expect(result).toMatchObject({ model: 'b', tried: ['a'], moves: ['core:b'] });
  expect(first.count()).toBe(3);
});

test('a wait that the provider asks for is kept where no other core could answer', async () => {
  const clock = new SimulatedClock();
  const result = await call(clock, cores(clock, [failing(limited(7000)).answer]));
  expect(result).toMatchObject({ model: 'a', tookMs: 7000 });
});

test('a long wait sends the call to another core at once', async () => {
  const clock = new SimulatedClock();
  const result = await call(clock, cores(clock, [failing(limited(7000)).answer, failing().answer]));
  expect(result).toMatchObject({ model: 'b', tookMs: 0 });
});

test('a wait beyond all patience fails with the provider’s words and its time', async () => {
  const clock = new SimulatedClock();
  const { answer, count } = failing(limited(600_000));
  const { error } = await call(clock, cores(clock, [answer]));
  expect(error).toMatchObject({ code: 'rate_limited', message: 'The provider limits the rate.' });
  expect(error?.details?.retryAfterMs).toBe(600_000);
  expect(count()).toBe(1);
});

test.each([
  new AiosError('failed_precondition', 'The key was refused.', { disposition: 'operator' }),
  new AiosError('quota_exceeded', 'No credit left.', { disposition: 'operator' }),
  new AiosError('not_found', 'No such model.'),
])('what only a person can mend is not retried but asked elsewhere: %s', async (error) => {
  const clock = new SimulatedClock();
  const first = failing(error, error);
  const candidates = cores(clock, [first.answer, failing().answer]);
  expect(await call(clock, candidates)).toMatchObject({ model: 'b', tookMs: 0 });
  expect(first.count()).toBe(1);
  expect(candidates[0]?.health.read()).toMatchObject({ state: 'failing', reason: error.message });
});

test('a model that writes nonsense is not asked again, and its endpoint is not blamed', async () => {
  const clock = new SimulatedClock();
  const nonsense = new AiosError('unavailable', 'That is no JSON.', { details: { wrongReply: true } });
  const first = failing(nonsense, nonsense);
  const candidates = cores(clock, [first.answer, failing().answer], { breaker: { failures: 1 } });
  expect((await call(clock, candidates)).model).toBe('b');
  expect(first.count()).toBe(1);
  expect(candidates[0]?.breaker.state).toBe('closed');
});

test('a wrong request is wrong everywhere', async () => {
  const clock = new SimulatedClock();
  const second = failing();
  const wrong = new AiosError('invalid_argument', 'max_tokens is too large');
  const { error } = await call(clock, cores(clock, [failing(wrong).answer, second.answer]));
  expect(error).toBe(wrong);
  expect(second.count()).toBe(0);
});

test('after a failure elsewhere, a wrong request is still the caller’s to fix', async () => {
  const clock = new SimulatedClock();
  const down = failing(busy(), busy(), busy());
  const wrong = new AiosError('invalid_argument', 'max_tokens is too large');
  const { error } = await call(clock, cores(clock, [down.answer, failing(wrong).answer]));
  expect(error).toMatchObject({ code: 'invalid_argument', disposition: 'fix_input' });
});

test('a server that is not there is left for another at once', async () => {
  const clock = new SimulatedClock();
  const gone = new AiosError('unavailable', 'Cannot reach it.', { details: { unreachable: true } });
  const result = await call(clock, cores(clock, [failing(gone, gone).answer, failing().answer]));
  expect(result).toMatchObject({ model: 'b', tookMs: 0 });
  const alone = await call(clock, cores(clock, [failing(gone, gone).answer]));
  expect(alone.model).toBe('a');
});

test('when none answers the error has the words of all', async () => {
  const clock = new SimulatedClock();
  const refused = new AiosError('failed_precondition', 'The key was refused.', { disposition: 'operator' });
  const down = failing(busy(), busy(), busy());
  const { error } = await call(clock, cores(clock, [failing(refused).answer, down.answer]));
  expect(error?.code).toBe('unavailable');
  expect(error?.message).toBe(
    'No model could answer. "a": The key was refused. "b": The provider cannot answer now.',
  );
  expect(error?.details?.tried).toHaveLength(2);
});

test('after the first piece nothing is sent again; the error says that a part was delivered', async () => {
  const clock = new SimulatedClock();
  let sent = 0;
  const cut: Answering = async (_request, { emit }) => {
    sent += 1;
    emit?.({ type: 'text-delta', text: 'He' });
    throw busy();
  };
  const second = failing();
  const pieces: ChatChunk[] = [];
  const { error } = await call(clock, cores(clock, [cut, second.answer]), {
    emit: (chunk) => pieces.push(chunk),
  });
  expect(error).toMatchObject({ code: 'unavailable', details: { partial: true } });
  expect([sent, second.count(), pieces.length]).toEqual([1, 0, 1]);
});

test.each([
  [{ first_token_ms: 500 }, 'unavailable', /sent nothing within 500 ms/, 500],
  [{ total_ms: 700 }, 'deadline_exceeded', /not done within 700 ms/, 700],
])('a core that is silent is given up: %j', async (timeouts, code, message, tookMs) => {
  const clock = new SimulatedClock();
  const silent: Answering = (_request, { signal }) => stall(signal);
  const result = await call(clock, cores(clock, [silent], {}, { timeouts }), { emit: () => undefined });
  expect(result).toMatchObject({ error: { code }, tookMs });
  expect(result.error?.message).toMatch(message);
  const other = await call(clock, cores(clock, [silent, failing().answer], {}, { timeouts }), {
    emit: () => undefined,
  });
  expect(other.model).toBe('b');
});

test('a stream that stands still is given up, also by a driver that ignores its signal', async () => {
  const clock = new SimulatedClock();
  const stuck: Answering = (_request, { emit }) => {
    emit?.({ type: 'text-delta', text: 'He' });
    clock.after(9000, () => emit?.({ type: 'text-delta', text: 'too late' }));
    return new Promise(() => undefined);
  };
  const pieces: ChatChunk[] = [];
  const result = await call(clock, cores(clock, [stuck], {}, { timeouts: { idle_ms: 400 } }), {
    emit: (chunk) => pieces.push(chunk),
  });
  expect(result.error?.message).toMatch(/stood still for 400 ms/);
  expect(pieces).toHaveLength(1);
});

test('an open breaker keeps calls away until one may try', async () => {
  const clock = new SimulatedClock();
  const down = failing(...Array.from({ length: 3 }, busy));
  const candidates = cores(clock, [down.answer], { breaker: { failures: 3, open_ms: 5000 } });
  await call(clock, candidates);
  const { error } = await call(clock, candidates);
  expect(error).toMatchObject({ code: 'unavailable', details: { breaker: 'open', retryAfterMs: 5000 } });
  expect(error?.message).toMatch(/Last failure: The provider cannot answer now/);
  expect(down.count()).toBe(3);
  await clock.advance(5000);
  expect((await call(clock, candidates)).model).toBe('a');
});

test('a caller who gives up is not sent on, and its core is not blamed', async () => {
  const clock = new SimulatedClock();
  const controller = new AbortController();
  const silent: Answering = (_request, { signal }) => stall(signal);
  const second = failing();
  const candidates = cores(clock, [silent, second.answer], { breaker: { failures: 1 } });
  clock.after(100, () => controller.abort(new AiosError('cancelled', 'enough')));
  const { error } = await call(clock, candidates, { signal: controller.signal });
  expect(error?.code).toBe('cancelled');
  expect(second.count()).toBe(0);
  expect(candidates[0]?.breaker.state).toBe('closed');
});
