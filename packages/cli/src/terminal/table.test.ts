import { expect, test } from 'vitest';
import { type Column, renderTable } from './table.ts';

type Row = { id: number; name: string };
const columns: Column<Row>[] = [
  { title: 'ID', value: ({ id }) => String(id), align: 'right' },
  { title: 'NAME', value: ({ name }) => name, flexible: true },
  { title: 'END', value: () => 'end' },
];

test('columns line up', () => {
  expect(
    renderTable(
      columns,
      [
        { id: 1, name: 'a' },
        { id: 100, name: 'longer' },
      ],
      80,
    ),
  ).toEqual([' ID  NAME    END', '  1  a       end', '100  longer  end']);
});

test('the flexible column gives way on a narrow terminal; control characters do not get through', () => {
  const lines = renderTable(columns, [{ id: 1, name: 'a-name-that-is-rather-long\x1b[2J' }], 20);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
  expect(lines[1]).toMatch(/^ 1 {2}a-\S+…\S+ {2}end$/);
  expect(lines[1]).not.toContain('\x1b');
});
