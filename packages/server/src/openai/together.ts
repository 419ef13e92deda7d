/** Makes the calls at the same time; where one fails the others are cancelled, and nothing goes on behind the answer. */
export async function together<Wanted, Result>(
  wanted: readonly Wanted[],
  signal: AbortSignal,
  run: (one: Wanted, signal: AbortSignal, index: number) => Promise<Result>,
): Promise<Result[]> {
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return [await run(only, signal, 0)];
  const failed = new AbortController();
  const shared = AbortSignal.any([signal, failed.signal]);
  const running = wanted.map((one, index) => run(one, shared, index));
  try {
    return await Promise.all(running);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(running);
    throw error;
  }
}
