import { outsideKinds, type StepKind, stepKinds } from './steps.ts';

/**
 * Boundaries at which the kernel kills itself, in the order of a call, one at which it is killed from outside, and one at
 * which the thread that the agents run on breaks instead.
 */
const boundaries = [
  'before-journal',
  'after-journal',
  'after-dispatch',
  'at-provider',
  'after-answer',
  'after-receipt',
  'after-acknowledgement',
  'in-worker',
] as const;

export type ChaosBoundary = (typeof boundaries)[number];

/** Where one kill happens. */
export interface Cell {
  readonly boundary: ChaosBoundary;
  readonly kind: StepKind;
}

/** All cells: every boundary with every kind of call that comes there. */
export function allCells(): Cell[] {
  return boundaries.flatMap((boundary) =>
    (boundary === 'at-provider' ? outsideKinds : stepKinds).map((kind): Cell => ({ boundary, kind })),
  );
}

/** In the order of `allCells`. */
export function inOrder<Placed extends Cell>(cells: readonly Placed[]): Placed[] {
  const place = ({ boundary, kind }: Cell) =>
    boundaries.indexOf(boundary) * stepKinds.length + stepKinds.indexOf(kind);
  return cells.toSorted((left, right) => place(left) - place(right));
}

/** Few cells, in which every boundary and every kind is. */
export function fewCells(): Cell[] {
  const cells = allCells();
  const chosen = stepKinds.flatMap((kind, index) => {
    const own = cells.filter((cell) => cell.kind === kind && cell.boundary !== 'at-provider');
    return own[index % own.length] ?? [];
  });
  return [...chosen, ...cells.filter(({ boundary }) => boundary === 'at-provider')];
}
