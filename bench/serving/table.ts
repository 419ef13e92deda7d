import type { Measures } from './measures.ts';
import type { Variant } from './run-variant.ts';

const columns: readonly (readonly [title: string, pick: (measures: Measures) => string])[] = [
  ['total', ({ totalS }) => totalS.toFixed(1)],
  ['wait', ({ waitMeanS }) => waitMeanS.toFixed(2)],
  ['wait p90', ({ waitP90S }) => waitP90S.toFixed(2)],
  ['mean', ({ latencyMeanS }) => latencyMeanS.toFixed(1)],
  ['p50', ({ latencyP50S }) => latencyP50S.toFixed(1)],
  ['p95', ({ latencyP95S }) => latencyP95S.toFixed(1)],
  ['p99', ({ latencyP99S }) => latencyP99S.toFixed(1)],
  ['short half', ({ shortHalfS }) => shortHalfS.toFixed(1)],
  ['Jain', ({ jainIndex }) => jainIndex.toFixed(3)],
  ['programs/s', ({ programsPerS }) => programsPerS.toFixed(3)],
  ['tokens/s', ({ outputTokensPerS }) => outputTokensPerS.toFixed(0)],
  ['cached', ({ cachedShare }) => `${(100 * cachedShare).toFixed(0)} %`],
];

/** Writes the measures of all variants side by side; seconds are those of the engine. */
export function showTable(
  title: string,
  rows: ReadonlyMap<Variant, Measures>,
  write: (line: string) => void,
): void {
  write(`\n${title} (seconds of the engine)`);
  write(`  ${''.padEnd(12)}${columns.map(([name]) => name.padStart(11)).join('')}`);
  for (const [variant, measures] of rows) {
    write(`  ${variant.padEnd(12)}${columns.map(([, pick]) => pick(measures).padStart(11)).join('')}`);
  }
  write('');
}
