import type { Quota } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatCount, formatDuration } from '../terminal/text.ts';

export async function quota(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { quotas } = await client.quota.list();
  output.result(quotas, (screen) => {
    if (quotas.length === 0) {
      output.aside.line('No quota is set. `quotas` in config.yaml sets some; budgets come with `aios run`.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, quotas, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
  });
  return exitCodes.ok;
}

const columns: Column<Quota>[] = [
  { title: 'SCOPE', value: ({ scope }) => scope },
  { title: 'NAME', value: ({ name }) => name, flexible: true },
  {
    title: 'OF',
    value: ({ dimension, window }) => (window === 'total' ? dimension : `${dimension}/${window}`),
  },
  { title: 'USED', value: (each) => formatAmount(each, each.used), align: 'right' },
  { title: 'RESERVED', value: (each) => formatAmount(each, each.reserved), align: 'right' },
  { title: 'LIMIT', value: (each) => formatAmount(each, each.limit), align: 'right' },
  { title: '%', value: ({ used, limit }) => String(Math.floor((used / limit) * 100)), align: 'right' },
  { title: 'ENDS IN', value: formatEnd, align: 'right' },
  {
    title: 'AT LIMIT',
    value: ({ atLimit, cheaperModel }) => (cheaperModel ? `${atLimit} ${cheaperModel}` : (atLimit ?? 'wait')),
  },
  { title: 'WAITING', value: ({ waiting }) => (waiting === 0 ? '-' : formatCount(waiting)), align: 'right' },
];

function formatAmount({ dimension }: Quota, amount: number): string {
  if (dimension === 'usd') return `$${amount.toFixed(amount < 1 ? 4 : 2)}`;
  return dimension === 'seconds' ? formatDuration(amount * 1000) : formatCount(amount);
}

function formatEnd({ windowEndsAt }: Quota): string {
  return windowEndsAt === undefined ? '-' : formatDuration(Date.parse(windowEndsAt) - Date.now());
}
