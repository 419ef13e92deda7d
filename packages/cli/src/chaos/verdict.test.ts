import type { JsonValue, ProcessDescription } from '@aios/protocol';
import { expect, test } from 'vitest';
import type { Aftermath, Kill } from './aftermath.ts';
import type { OutsideWorld } from './outside-world.ts';
import type { Plan } from './steps.ts';
import { judge } from './verdict.ts';

const plan: Plan = {
  number: 1,
  steps: [
    { id: 'p1s0', kind: 'model' },
    { id: 'p1s1', kind: 'external' },
    { id: 'p1s2', kind: 'send' },
  ],
};
const output = { p1s0: 'reply', p1s1: { receipt: 'r' }, p1s2: 'sent' };

/** A process that carried out the plan, as far as the verdict looks at it. */
const ended = (given: JsonValue) => ({ state: 'succeeded', output: given }) as ProcessDescription;

const asked = (generation: number, order: number, answeredAt: number) => ({ generation, order, answeredAt });
const paid = (key: string, generation: number) => ({
  id: 'p1s1',
  key,
  kind: 'external' as const,
  generation,
});

const world: Pick<OutsideWorld, 'asked' | 'paid' | 'seen'> = {
  asked: new Map([['p1s0', [asked(1, 0, 9000)]]]),
  paid: [paid('a', 1)],
  seen: ['p1s0', 'p1s1'],
};

function aftermath(
  change: { world?: Partial<typeof world>; heard?: string[]; given?: JsonValue } = {},
): Aftermath {
  const kill: Kill = {
    cell: { boundary: 'after-dispatch', kind: 'external' },
    plans: [plan],
    isHit: true,
    killedAt: 10_000,
    cutOff: [],
    unknown: [],
    recoveryMs: 800,
  };
  return {
    // The verdict asks nothing else of it.
    world: { ...world, ...change.world } as OutsideWorld,
    kills: [kill],
    ends: new Map([[1, ended(change.given ?? output)]]),
    children: [],
    effects: [],
    heard: change.heard ?? ['p1s2'],
  };
}

const verdict = (change: Parameters<typeof aftermath>[0]) => judge(aftermath(), aftermath(change));

test('a run like the undisturbed one has no failures', () => {
  expect(verdict({})).toMatchObject({
    agents: 1,
    kills: 1,
    duplicates: 0,
    losses: 0,
    paidAgain: 0,
    failures: [],
  });
});

test('a step that happened twice is named, with its agent, the kill and what was seen of it', () => {
  const { duplicates, failures } = verdict({ world: { paid: [paid('a', 1), paid('b', 2)] } });
  expect(duplicates).toBe(1);
  expect(failures).toEqual([
    'Step p1s1 (external) of agent 1, which began before kill 1 (after-dispatch of external), happened 2 times: ' +
      'paid under the key a for kernel 1, paid under the key b for kernel 2.',
  ]);
});

test('a message that nobody heard is lost, and another output is told', () => {
  const { losses, failures } = verdict({ heard: [], given: { ...output, p1s0: 'other' } });
  expect(losses).toBe(1);
  expect(failures).toEqual([
    expect.stringMatching(/^Agent 1 gave .*other.* instead of /),
    expect.stringMatching(/^Step p1s2 \(send\) of agent 1.* happened 0 times/),
  ]);
});

test.each([
  ['long before the kill', [asked(1, 0, 9000), asked(2, 1, 12_000)], ['p1s0', 'p1s0'], 1],
  ['just before the kill', [asked(1, 0, 9900), asked(2, 1, 12_000)], ['p1s0', 'p1s0'], 0],
  [
    'just before, and its agent had gone on',
    [asked(1, 0, 9900), asked(2, 2, 12_000)],
    ['p1s0', 'p1s1', 'p1s0'],
    1,
  ],
])('a model call that was answered %s and is asked again', (_when, calls, seen, paidAgain) => {
  expect(verdict({ world: { asked: new Map([['p1s0', calls]]), seen } }).paidAgain).toBe(paidAgain);
});
