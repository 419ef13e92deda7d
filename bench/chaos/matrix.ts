import { z } from 'zod';

/** What the kills in one cell led to, as `aios chaos --json` tells it. */
export const cellSchema = z.object({
  boundary: z.string(),
  kind: z.string(),
  duplicates: z.number(),
  losses: z.number(),
  unknown: z.number(),
  recoveryMs: z.number().nullable(),
});
type Cell = z.infer<typeof cellSchema>;

/** A table in Markdown, boundary by kind; in each cell duplicates, losses, unknown effects and seconds until all was back. */
export function renderMatrix(cells: readonly Cell[]): string {
  const boundaries = [...new Set(cells.map(({ boundary }) => boundary))];
  const kinds = [...new Set(cells.map(({ kind }) => kind))];
  const row = (values: readonly string[]) => `| ${values.join(' | ')} |`;
  return [
    row(['', ...boundaries]),
    row(['---', ...boundaries.map(() => '---')]),
    ...kinds.map((kind) => row([kind, ...boundaries.map((boundary) => textOf(cells, boundary, kind))])),
  ].join('\n');
}

function textOf(cells: readonly Cell[], boundary: string, kind: string): string {
  const cell = cells.find((candidate) => candidate.boundary === boundary && candidate.kind === kind);
  if (cell === undefined) return '';
  const { duplicates, losses, unknown, recoveryMs } = cell;
  const recovery = recoveryMs === null ? '-' : (recoveryMs / 1000).toFixed(1);
  return `${duplicates} ${losses} ${unknown} ${recovery}`;
}
