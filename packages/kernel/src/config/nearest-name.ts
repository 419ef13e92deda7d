/** How many letters to insert, delete, replace or swap with their neighbour. */
function distance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      next[column] = Math.min(
        cost(last, column - 1) + (isSame ? 0 : 1),
        cost(last, column) + 1,
        cost(next, column - 1) + 1,
        isSwap ? cost(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = next;
  }
  return cost(last, right.length);
}

function cost(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** The names that somebody who wrote `wanted` may have meant, best first; none when nothing is close. */
export function nearestNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  const lower = wanted.slice(0, 100).toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of names) {
    const candidate = name.toLowerCase();
    const within = lower.length >= 3 && (candidate.includes(lower) || lower.includes(candidate));
    const score = within ? 1 : distance(lower, candidate);
    if (score <= Math.max(1, Math.floor(Math.min(lower.length, candidate.length) / 2.5))) {
      scored.push({ name, score });
    }
  }
  scored.sort((left, right) => left.score - right.score || left.name.localeCompare(right.name));
  return scored.slice(0, limit).map(({ name }) => name);
}
