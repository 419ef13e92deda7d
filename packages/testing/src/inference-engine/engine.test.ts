import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from './engine.ts';
import { a100, type EngineParameters } from './parameters.ts';
import type { Sequence } from './sequence.ts';
import { TokenChain } from './token-chain.ts';

const small: EngineParameters = {
  ...a100,
  weightsMs: 10,
  computedTokensPerSecond: 1000,
  kvReadMs: 0,
  blockTokens: 4,
  kvTokens: 64,
  maxModelTokens: 64,
  maxSequences: 4,
  maxStepTokens: 16,
};

/** A run of the engine in which requests come at given times; returns who finished, in order. */
function run(
  parameters: EngineParameters,
  requests: { at: number; prompt: number; answer: number; priority?: number; abortAt?: number | undefined }[],
) {
  const engine = new Engine(parameters);
  const finished: Sequence[] = [];
  const events = requests.flatMap((request, index) => {
    let sequence: Sequence | undefined;
    const submit = () => {
      const prompt = new TokenChain(parameters.blockTokens);
      for (let token = 0; token < request.prompt; token += 1) prompt.push(index * 1000 + token);
      sequence = engine.submit(
        {
          prompt,
          seed: index,
          firstToken: 0,
          answerTokens: request.answer,
          priority: request.priority ?? 0,
          onToken: (each, isLast) => {
            if (isLast) finished.push(each);
          },
        },
        request.at,
      );
    };
    const abort = () => {
      if (sequence !== undefined) engine.abort(sequence, request.abortAt ?? 0);
    };
    return [
      { at: request.at, act: submit },
      ...(request.abortAt === undefined ? [] : [{ at: request.at + request.abortAt, act: abort }]),
    ];
  });
  for (const { act } of events.sort((left, right) => left.at - right.at)) act();
  engine.advance(1e9);
  return { engine, finished };
}

test('a step costs what its tokens cost, and at least reading the weights', () => {
  // 32 tokens of prompt in two steps of 16 ms, then three steps of 10 ms for the other tokens of the answer.
  const { finished, engine } = run(small, [{ at: 100, prompt: 32, answer: 4 }]);
  expect(finished[0]).toMatchObject({ startedAt: 100, finishedAt: 100 + 2 * 16 + 3 * 10 });
  expect(engine.counts).toMatchObject({ steps: 5, generatedTokens: 4, preemptions: 0 });
});

test('sequences share a step, and one more than there are places waits', () => {
  const places = { ...small, maxSequences: 2 };
  const { finished } = run(places, [
    { at: 0, prompt: 4, answer: 3 },
    { at: 0, prompt: 4, answer: 3 },
    { at: 0, prompt: 4, answer: 3 },
  ]);
  const [first, second, third] = finished;
  // The second came while the first step ran, and joined in the next.
  expect([first?.finishedAt, second?.finishedAt, third?.finishedAt]).toEqual([30, 40, 60]);
  expect(third?.startedAt).toBe(30);
});

test('where memory runs out the one that came last is computed again', () => {
  const { finished, engine } = run(small, [
    { at: 0, prompt: 20, answer: 30 },
    { at: 1, prompt: 20, answer: 30 },
  ]);
  expect(engine.counts.preemptions).toBeGreaterThan(0);
  expect(finished.map(({ number }) => number)).toEqual([1, 2]);
  expect(finished.map(({ generated }) => generated)).toEqual([30, 30]);
  expect(engine.pool.unused).toBe(16);
});

test('with the policy priority the lower number goes first', () => {
  const one = { ...small, maxSequences: 1, policy: 'priority' } as const;
  const { finished } = run(one, [
    { at: 0, prompt: 4, answer: 2, priority: 5 },
    { at: 1, prompt: 4, answer: 2, priority: 3 },
    { at: 2, prompt: 4, answer: 2, priority: -1 },
  ]);
  expect(finished.map(({ number }) => number)).toEqual([1, 3, 2]);
});

test('whatever comes and goes away, all others are answered in full and all memory comes back', () => {
  const request = fc.record({
    at: fc.integer({ min: 0, max: 500 }),
    prompt: fc.integer({ min: 1, max: 30 }),
    answer: fc.integer({ min: 1, max: 30 }),
    priority: fc.integer({ min: -2, max: 2 }),
    abortAt: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(request, { maxLength: 20 }),
      fc.constantFrom('fcfs', 'priority'),
      fc.boolean(),
      (requests, policy, prefixCaching) => {
        const { engine, finished } = run({ ...small, policy, prefixCaching }, requests);
        expect(finished.length + engine.counts.aborted).toBe(requests.length);
        for (const { generated, request: asked } of finished) expect(generated).toBe(asked.answerTokens);
        expect(engine.pool.unused).toBe(engine.pool.capacity);
        expect([engine.running, engine.waiting]).toEqual([0, 0]);
      },
    ),
  );
});
