import { AiosError, type ChatChunk } from '@aios/protocol';
import { expect, test } from 'vitest';
import type { Core } from '../core.ts';
import type { Driver } from '../driver.ts';
import { withEmulation } from '../emulation/index.ts';
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
  replyOf,
  request,
  stall,
} from './core.fixture.ts';
import { Waste } from './waste.ts';

interface Options {
  readonly moveTo?: (queue: string) => Promise<number | undefined>;
  readonly signal?: AbortSignal;
  readonly emit?: (chunk: ChatChunk) => void;
}

async function call(clock: SimulatedClock, candidates: readonly Core[], options: Options = {}) {
  const moves: string[] = [];
  const waste = new Waste();
  const settled = callCores({
    cores: candidates,
    cost,
    patience,
    clock,
    random: () => 0.5,
    waste,
    signal: new AbortController().signal,
    moveTo: async (queue) => {
      moves.push(queue);
      return undefined;
    },
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
  return { ...(await timed), moves, tookMs, waste };
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
  expect(result).toMatchObject({ model: 'b', tried: ['a'], moves: ['core:a', 'core:b'] });
  expect(first.count()).toBe(3);
});

const fullQueues = (...names: string[]) => ({
  moveTo: async (queue: string) => {
    if (!names.includes(queue)) return undefined;
    throw new AiosError('rate_limited', `${queue} is full.`, { details: { queue, retryAfterMs: 1000 } });
  },
});

test('a full queue sends the call to the next core; only where all are full it is refused', async () => {
  const clock = new SimulatedClock();
  const first = failing();
  const candidates = cores(clock, [first.answer, failing().answer]);
  const result = await call(clock, candidates, fullQueues('core:a'));
  expect(result).toMatchObject({ model: 'b', tried: ['a'], tookMs: 0 });
  expect(first.count()).toBe(0);
  const { error } = await call(clock, candidates, fullQueues('core:a', 'core:b'));
  expect(error).toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 1000 } });
});

const status = (code: number) => new AiosError('unavailable', 'Down.', { details: { status: code } });
const unreachable = new AiosError('unavailable', 'Not there.', { details: { unreachable: true } });
const nonsense = new AiosError('unavailable', 'No JSON.', {
  details: { wrongReply: true, usage: { inputTokens: 30, outputTokens: 3 } },
});
const cut = new AiosError('unavailable', 'The reply was cut off.');

test.each([
  ['a time-out of a gateway', [status(504)], 20],
  ['a reply that broke off, asked for three times', [cut, cut, cut], 60],
  ['nonsense, as it was counted', [nonsense], 33],
  ['a provider that is down', [status(503), status(503)], 0],
  ['one that is not there', [unreachable], 0],
  ['a rate limit', [limited(5000)], 0],
])('what an attempt before the answer may have used counts: %s', async (_name, errors, tokens) => {
  const clock = new SimulatedClock();
  const result = await call(clock, cores(clock, [failing(...errors).answer, failing().answer]));
  expect(result.waste.tokens).toBe(tokens);
});

test('what an attempt may have used costs what its own model costs', async () => {
  const clock = new SimulatedClock();
  const prices = { input: 100_000, output: 200_000 };
  const { waste } = await call(clock, cores(clock, [failing(status(504)).answer], {}, { prices }));
  expect(waste.usd).toBeCloseTo(1 + 2);
});

test('a call that times out on every core says what may have been used', async () => {
  const clock = new SimulatedClock();
  const hang: Answering = (_request, { signal }) => stall(signal);
  const candidates = cores(clock, [hang, hang], {}, { timeouts: { total_ms: 1000 } });
  const { error } = await call(clock, candidates);
  expect(error).toMatchObject({
    code: 'deadline_exceeded',
    details: { wasted: { tokens: 40, usd: expect.any(Number) } },
  });
});

/** Emulates JSON over a driver that first writes nonsense. */
function repairing(replies: string[]): Answering {
  let sent = 0;
  const driver: Driver = {
    chat: async () => {
      sent += 1;
      return replyOf(replies[sent - 1] ?? '{}', { inputTokens: 5, outputTokens: 5 });
    },
    embed: () => Promise.reject(new AiosError('internal', 'no embeddings here')),
  };
  const emulating = withEmulation(driver, { capabilities: ['chat'], quirks: {} });
  return (asked, sending) => emulating.chat({ ...asked, responseFormat: { type: 'json_object' } }, sending);
}

test('a repair waits for the limits like any other request', async () => {
  const clock = new SimulatedClock();
  const candidates = cores(clock, [repairing(['nonsense'])], {}, { requests_per_minute: 2 });
  const [core] = candidates;
  expect(await call(clock, candidates)).toMatchObject({ model: 'a', tookMs: 0 });
  expect(core?.limits.waitMs(cost)).toBe(30_000);
  const single = cores(clock, [repairing(['nonsense'])], {}, { requests_per_minute: 1 });
  expect(await call(clock, single)).toMatchObject({ model: 'a', tookMs: 60_000 });
});

test('the tokens of a repair count in the buckets, corrected by what the whole call used', async () => {
  const clock = new SimulatedClock();
  const candidates = cores(clock, [repairing(['nonsense'])], {}, { output_tokens_per_minute: 2000 });
  await call(clock, candidates);
  // The reply used 10 output tokens in all, of which the repair keeps the 1,024 that were reserved for it.
  expect(candidates[0]?.limits.waitMs({ inputTokens: 0, outputTokens: 976 })).toBe(0);
  expect(candidates[0]?.limits.waitMs({ inputTokens: 0, outputTokens: 1000 })).toBeGreaterThan(0);
});

test('where a repair would wait too long another core is asked, and the first reply is paid for', async () => {
  const clock = new SimulatedClock();
  const candidates = cores(
    clock,
    [repairing(['nonsense']), failing().answer],
    {},
    { requests_per_minute: 1 },
  );
  const result = await call(clock, candidates);
  expect(result).toMatchObject({ model: 'b', tried: ['a'], tookMs: 0, waste: { tokens: 20 } });
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
