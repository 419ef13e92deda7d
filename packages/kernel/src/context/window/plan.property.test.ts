import type { ChatMessage } from '@aios/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planWindow } from './plan.ts';
import type { Sizes, WindowPolicy } from './policy.ts';

/** A token is four characters, so that what is planned can be counted again. */
const sizes: Sizes = {
  message: (message) => 4 + Math.ceil(JSON.stringify([message.content, callsOf(message)]).length / 4),
  text: (text) => Math.ceil(text.length / 4),
};
const callsOf = (message: ChatMessage) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []);

const around = 20;
const limit = 3000;

const words = fc.string({ unit: fc.constantFrom('word ', 'x', '7', '\n', 'né'), maxLength: 400 });
const longText = fc
  .tuple(fc.constantFrom('line of a file\n', 'row 17, '), fc.integer({ min: 50, max: 300 }))
  .map(([line, times]) => line.repeat(times));
const pinned = fc.oneof(
  { weight: 15, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(true as const) },
);

/** What an agent does between two answers: it is told something, or calls tools and reads their results. */
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('user' as const), text: words, pinned }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('said' as const), text: words, pinned }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tools' as const),
      pinned,
      calls: fc.array(
        fc.record({
          name: fc.constantFrom('storage.read', 'search', 'time.now'),
          given: fc.record({ path: fc.constantFrom('/a', '/b', '/c') }, { requiredKeys: [] }),
          result: fc.oneof(words, longText),
          isError: fc.boolean(),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Ids come again in later steps, as with providers that number the calls of a reply. */
function historyOf(steps: readonly Step[]): ChatMessage[] {
  const messages: ChatMessage[] = [
    { role: 'system', content: 'You are an agent.' },
    { role: 'user', content: 'Do it.' },
  ];
  for (const one of steps) {
    const mark = one.pinned && { pinned: one.pinned };
    if (one.kind === 'user') messages.push({ role: 'user', content: one.text, ...mark });
    else if (one.kind === 'said') messages.push({ role: 'assistant', content: one.text, ...mark });
    else {
      const toolCalls = one.calls.map(({ name, given }, index) => ({
        id: `call-${index}`,
        name,
        arguments: given as Record<string, string>,
      }));
      messages.push({ role: 'assistant', content: '', toolCalls });
      for (const [index, { name, result, isError }] of one.calls.entries()) {
        const toolCallId = `call-${index}`;
        messages.push({ role: 'tool', toolCallId, toolName: name, content: result, isError, ...mark });
      }
    }
  }
  return messages;
}

const history = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }).map(historyOf);
const strategies = fc.subarray(['superseded', 'page', 'summarise', 'truncate'] as const, { minLength: 1 });
const policy: fc.Arbitrary<WindowPolicy> = fc.record({
  strategies: strategies.map((names) => new Set(names)),
  lowWater: fc.constantFrom(0.3, 0.5, 0.8),
  pageMinTokens: fc.constantFrom(100, 500),
  summaryTokens: fc.constant(200),
});
const everything: WindowPolicy = {
  strategies: new Set(['superseded', 'page', 'summarise', 'truncate']),
  lowWater: 0.5,
  pageMinTokens: 200,
  summaryTokens: 200,
};

const plan = (messages: readonly ChatMessage[], how: WindowPolicy, most = limit) =>
  planWindow(messages, sizes, most, around, how);

/** What is sent, with something of the size of the gap in it. */
function sent({ kept, gap, gapAt }: ReturnType<typeof plan>): ChatMessage[] {
  const note: ChatMessage = { role: 'user', content: 'A summary.' };
  return gap.length === 0 ? [...kept] : [...kept.slice(0, gapAt), note, ...kept.slice(gapAt)];
}

const total = (messages: readonly ChatMessage[]) =>
  messages.reduce((sum, message) => sum + sizes.message(message), around);

/** Results without the call right before them and its other results, and calls without their results. */
function tornPairs(messages: readonly ChatMessage[]): ChatMessage[] {
  const waiting = new Set<string>();
  return messages.filter((message) => {
    if (message.role === 'tool') return !waiting.delete(message.toolCallId);
    const torn = waiting.size > 0;
    for (const { id } of callsOf(message)) waiting.add(id);
    return torn;
  });
}

test('the histories of these tests meet the limit, often several times', () => {
  const plans = fc.sample(history, { numRuns: 200, seed: 1 }).map((messages) => plan(messages, everything));
  expect(plans.filter(({ gap }) => gap.length > 0).length).toBeGreaterThan(50);
  expect(plans.filter(({ gap }) => gap.length > 1).length).toBeGreaterThan(20);
  expect(plans.filter(({ pages }) => pages.length > 0).length).toBeGreaterThan(50);
  expect(plans.filter(({ superseded }) => superseded > 0).length).toBeGreaterThan(20);
  expect(plans.filter(({ tokens }) => tokens > limit).length).toBeLessThan(50);
});

describe('a history that is made to fit', () => {
  test('is never above the limit, or is said to be: then what must stay is too large', () => {
    fc.assert(
      fc.property(history, policy, (messages, how) => {
        const planned = plan(messages, how);
        expect(total(sent(planned))).toBeLessThanOrEqual(planned.tokens);
        if (planned.tokens > limit && how.strategies.has('truncate')) {
          const newest = messages.findLast(({ role }) => role === 'user');
          const must = planned.kept.filter((message) => message.role !== 'tool' || message.pinned === true);
          expect(must).toContainEqual(newest);
          // Nothing was left that could have been cut: only what is pinned, the newest message of the user, and short words.
          const least = planned.kept.filter((message) => message.role === 'tool' && !message.pinned);
          for (const message of least) expect(sizes.message(message)).toBeLessThan(400);
        }
      }),
      { endOnFailure: true },
    );
  });

  test('fits where nothing is pinned and no message of the user nor call of a tool fills it', () => {
    fc.assert(
      fc.property(history, (messages) => {
        const free = messages.map(({ pinned: _, ...message }) => message as ChatMessage);
        expect(plan(free, everything).tokens).toBeLessThanOrEqual(limit);
      }),
      { endOnFailure: true },
    );
  });

  test('has no call of a tool without its result, nor the other way round', () => {
    fc.assert(
      fc.property(history, policy, (messages, how) => {
        expect(tornPairs(messages)).toEqual([]);
        expect(tornPairs(sent(plan(messages, how)))).toEqual([]);
      }),
      { endOnFailure: true },
    );
  });

  test('has all that is pinned, word for word, and the newest message of the user', () => {
    fc.assert(
      fc.property(history, policy, (messages, how) => {
        const { kept } = plan(messages, how);
        const wanted = messages.filter(({ role, pinned: mark }) => mark === true || role === 'system');
        expect(kept).toEqual(expect.arrayContaining(wanted));
        expect(kept).toContainEqual(messages.findLast(({ role }) => role === 'user'));
      }),
      { endOnFailure: true },
    );
  });

  test('is the same each time, and is left alone when it comes again', () => {
    fc.assert(
      fc.property(history, policy, (messages, how) => {
        const planned = plan(messages, how);
        expect(plan(structuredClone(messages), how)).toEqual(planned);
        if (planned.tokens > limit) return;
        const again = sent(planned);
        const fitted = plan(again, how);
        expect(fitted.kept).toEqual(again);
        expect(fitted.gap).toEqual([]);
      }),
      { endOnFailure: true },
    );
  });

  test('is left alone where it fits', () => {
    fc.assert(
      fc.property(history, policy, (messages, how) => {
        const planned = plan(messages, how, total(messages));
        expect(planned.kept).toEqual(messages);
        expect([planned.gap, planned.pages, planned.superseded]).toEqual([[], [], 0]);
      }),
      { endOnFailure: true },
    );
  });

  test('begins as the turn before did, but for the few turns in which it is cut', () => {
    fc.assert(
      fc.property(history, (messages) => {
        const free = messages.map(({ pinned: _, ...message }) => message as ChatMessage);
        const turns = free.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
        const outcomes = turns.map((turn) => sent(plan(free.slice(0, turn), everything)));
        const cuts = outcomes.filter(
          (now, index) => index > 0 && !isBeginning(outcomes[index - 1] ?? [], now),
        ).length;
        // A cut goes down to half of the limit, and a step of this size at most keeps it from that; then it grows again.
        const largest = Math.max(...stepsOf(free));
        if (largest < limit / 4) expect(cuts).toBeLessThanOrEqual(total(free) / (limit / 2 - largest));
      }),
      { endOnFailure: true },
    );
  });
});

/** Tokens of each step: a message of the model with all up to its next one. */
function stepsOf(messages: readonly ChatMessage[]): number[] {
  const steps: number[] = [0];
  for (const message of messages) {
    if (message.role === 'assistant') steps.push(0);
    steps.push((steps.pop() ?? 0) + sizes.message(message));
  }
  return steps;
}

function isBeginning(before: readonly ChatMessage[], now: readonly ChatMessage[]): boolean {
  return before.every((message, index) => JSON.stringify(message) === JSON.stringify(now[index]));
}
