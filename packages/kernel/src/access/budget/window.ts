/** Calendar windows begin at full minutes and at midnight UTC; `total` never ends. */
export type Window = 'minute' | 'day' | 'total';

export const windows: readonly Window[] = ['minute', 'day', 'total'];

const lengthMs = { minute: 60_000, day: 86_400_000 };

export interface Span {
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endsAt: number;
}

/** The window of this kind that holds a time. */
export function spanAt(window: Window, now: number): Span {
  if (window === 'total') return { startedAt: 0, endsAt: Number.POSITIVE_INFINITY };
  const startedAt = now - (now % lengthMs[window]);
  return { startedAt, endsAt: startedAt + lengthMs[window] };
}
