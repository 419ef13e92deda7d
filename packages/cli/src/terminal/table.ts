import { fit, padEnd, padStart } from './text.ts';

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  align?: 'right';
  /** Gives way when the lines are too long; the others keep their width. */
  flexible?: boolean;
}

const gap = 2;
const minFlexible = 8;

/** Lines of a table, its titles first, that fit into the width. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): string[] {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => fit(column.value(row), width))),
  ];
  const natural = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  const excess = natural.reduce((sum, size) => sum + size + gap, -gap) - width;
  const widths = natural.map((size, index) =>
    columns[index]?.flexible && excess > 0 ? Math.max(minFlexible, size - excess) : size,
  );
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const size = widths[index] ?? 0;
        return columns[index]?.align === 'right'
          ? padStart(fit(cell, size), size)
          : padEnd(fit(cell, size), size);
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
