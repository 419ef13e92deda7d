import type { TestGateway } from './gateway.fixture.ts';

/** Makes a function that gives what reached a provider since it was called last, as text. */
export function newBodies({ upstreams }: TestGateway): () => string {
  const seen = new Set<object>();
  return () => {
    const all = Object.values(upstreams).flatMap(({ requests }) => requests);
    const fresh = all.filter((request) => !seen.has(request));
    for (const request of fresh) seen.add(request);
    return JSON.stringify(fresh.map(({ path, body }) => ({ path, body })));
  };
}
