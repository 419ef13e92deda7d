import { vi } from 'vitest';

/** As long as a loaded machine may take for what a quiet one does in milliseconds. */
const timeout = 15_000;

/** Waits until the assertion holds, and fails as it fails when it has not held for 15 s. */
export function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  options: { readonly interval?: number } = {},
): Promise<Result> {
  return vi.waitFor(assertion, { timeout, ...options });
}
