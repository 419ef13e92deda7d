import type { Result } from './check.ts';
import type { Report } from './check-provider.ts';
import { firstCheck, otherChecks } from './checks/index.ts';

const nameWidth = Math.max(...[firstCheck, ...otherChecks].map(({ name }) => name.length));
const outcomeWidth = 'not offered'.length;

/** The first line of the table. */
export function heading(): string {
  return row('what', 'result', 'time', 'tokens', 'note');
}

/** The line of one result. */
export function resultLine({ name, outcome, ms, tokens, note }: Result): string {
  const time = `${(ms / 1000).toFixed(1)} s`;
  return row(name, outcome, time, tokens === 0 ? '-' : String(tokens), note.replaceAll(/\s+/g, ' '));
}

/** What the table amounts to, in a sentence. */
export function summary({ backend, model, results }: Report): string {
  const failures = results.filter(({ outcome }) => outcome === 'failed').length;
  if (failures === 0) return `${backend} ${model} does everything that it promises.`;
  return results.length === 1
    ? `${backend} ${model} did not answer, so nothing else was asked.`
    : `${backend} ${model} fails in ${failures} of ${results.length} checks.`;
}

function row(name: string, outcome: string, time: string, tokens: string, note: string): string {
  const cells = [name.padEnd(nameWidth), outcome.padEnd(outcomeWidth), time.padStart(8), tokens.padStart(7)];
  return `${cells.join('  ')}  ${note}`.trimEnd();
}
