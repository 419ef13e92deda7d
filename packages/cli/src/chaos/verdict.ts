import { isDeepStrictEqual } from 'node:util';
import type { Aftermath, Kill } from './aftermath.ts';
import { type ChaosBoundary, inOrder } from './cells.ts';
import { countOccurrences, type Occurrence, tellOccurrence } from './occurrences.ts';
import type { Asked, OutsideWorld } from './outside-world.ts';
import { isLaterStep, type Plan, type StepKind } from './steps.ts';

/** What the kills in one cell led to, seen on the agents that were started for them. */
export interface CellReport {
  readonly boundary: ChaosBoundary;
  readonly kind: StepKind;
  readonly kills: number;
  /** Steps of these agents that happened more than once. */
  readonly duplicates: number;
  /** Steps that did not happen although their agent says so. */
  readonly losses: number;
  /** Effects whose outcome was unknown after the kills. */
  readonly unknown: number;
  /** Milliseconds until the next kernel served, with all processes resumed; the median. */
  readonly recoveryMs: number;
}

export interface ChaosReport {
  readonly agents: number;
  readonly kills: number;
  readonly duplicates: number;
  readonly losses: number;
  readonly unknown: number;
  readonly recoveryMs: number;
  /** Model calls that were asked again although their answer was on disk. */
  readonly paidAgain: number;
  readonly cells: readonly CellReport[];
  /** What must not be, each a sentence; empty when all held. */
  readonly failures: readonly string[];
}

/** An answer that came so long before a kill is on disk, where the machine is not slow. */
const answeredWellBeforeMs = 500;

export function judge(undisturbed: Aftermath, disturbed: Aftermath): ChaosReport {
  const plans = disturbed.kills.flatMap((kill) => kill.plans);
  const occurrences = new Map(plans.map((plan) => [plan, countOccurrences(plan, disturbed)]));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const cells = [
    ...Map.groupBy(disturbed.kills, ({ cell }) => `${cell.boundary} ${cell.kind}`).values(),
  ].flatMap((kills) => {
    const [first] = kills;
    if (first === undefined) return [];
    const own = kills.flatMap((kill) => kill.plans.flatMap((plan) => occurrences.get(plan) ?? []));
    return {
      ...first.cell,
      kills: kills.length,
      duplicates: own.filter(isDuplicate).length,
      losses: own.filter(isLoss).length,
      unknown: sum(kills.map(({ unknown }) => unknown.length)),
      recoveryMs: median(kills.map(({ recoveryMs }) => recoveryMs)),
    };
  });
  const paidAgain = countPaidAgain(disturbed);
  const duplicates = sum(cells.map((cell) => cell.duplicates));
  const losses = sum(cells.map((cell) => cell.losses));
  const failures = [
    ...disturbed.kills
      .filter(({ isHit }) => !isHit)
      .map(({ cell }) => `No call came to ${cell.boundary} of ${cell.kind}.`),
    ...plans.flatMap((plan) => differences(plan, undisturbed, disturbed)),
    ...disturbed.kills.flatMap((kill) => notUnknown(kill, disturbed)),
    ...[...occurrences.values()]
      .flat()
      .filter((occurrence) => isDuplicate(occurrence) || isLoss(occurrence))
      .map((occurrence) => tellOccurrence(occurrence, disturbed)),
    ...(paidAgain > 0 ? [`${paidAgain} answered model calls were paid again.`] : []),
  ];
  return {
    agents: plans.length,
    kills: disturbed.kills.length,
    duplicates,
    losses,
    unknown: sum(cells.map((cell) => cell.unknown)),
    recoveryMs: median(disturbed.kills.map(({ recoveryMs }) => recoveryMs)),
    paidAgain,
    cells: inOrder(cells),
    failures,
  };
}

const isDuplicate = ({ times }: Occurrence) => times > 1;
const isLoss = ({ times }: Occurrence) => times < 1;

function differences({ number }: Plan, undisturbed: Aftermath, disturbed: Aftermath): string[] {
  const [before, after] = [undisturbed.ends.get(number), disturbed.ends.get(number)];
  if (after?.state !== 'succeeded') return [`Agent ${number} ended ${after?.state}: ${after?.error?.detail}`];
  if (isDeepStrictEqual(before?.output, after.output)) return [];
  return [
    `Agent ${number} gave ${JSON.stringify(after.output)} instead of ${JSON.stringify(before?.output)}.`,
  ];
}

/** What the outside world had and did not answer must be unknown afterwards, unless its tool could look or repeat. */
function notUnknown({ cell, cutOff }: Kill, { effects }: Aftermath): string[] {
  if (cell.kind !== 'external') return [];
  return cutOff.flatMap((key) => {
    const effect = effects.find(({ idempotencyKey }) => idempotencyKey === key);
    const wasUnknown = effect?.resolution?.by.startsWith('user:') ?? effect?.state === 'unknown';
    return wasUnknown
      ? []
      : [`The payment ${effect?.id} was cut off and was not unknown, but ${effect?.state}.`];
  });
}

/**
 * Model calls that were asked again although their answer must have been on disk: their agent had gone on, or the kernel had
 * had time enough for it.
 */
function countPaidAgain({ world, kills }: Aftermath): number {
  return [...world.asked].filter(([id, calls]) =>
    calls.slice(0, -1).some((call, index) => {
      const again = calls[index + 1];
      return again !== undefined && (wentOn(world, id, again) || wasLongAnswered(kills, call));
    }),
  ).length;
}

/** Whether the agent of a step was seen to have gone on by the time of a call. */
function wentOn({ seen }: OutsideWorld, id: string, { order }: Asked): boolean {
  return seen.slice(0, order).some((other) => isLaterStep(other, id));
}

/** An answer that came longer before the kill than the next kernel took to boot: that tells how slow the machine was. */
function wasLongAnswered(kills: readonly Kill[], { generation, answeredAt }: Asked): boolean {
  // The kernels are numbered from 1, one for each kill.
  const kill = kills[generation - 1];
  if (kill === undefined || answeredAt === undefined || Number.isNaN(kill.recoveryMs)) return false;
  return answeredAt < kill.killedAt - Math.max(answeredWellBeforeMs, kill.recoveryMs);
}

function median(numbers: readonly number[]): number {
  const known = numbers.filter((each) => !Number.isNaN(each)).toSorted((left, right) => left - right);
  return Math.round(known[Math.floor(known.length / 2)] ?? Number.NaN);
}
