import type { ProcessDescription } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { livingStates } from '../living-states.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatAge, formatCount, formatDuration } from '../terminal/text.ts';

export interface PsOptions extends CommonOptions {
  all?: boolean;
}

const limit = 1000;

export async function ps(options: PsOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { processes } = await client.process.list({
    limit,
    ...(!options.all && { states: [...livingStates] }),
  });
  output.result(processes, (screen) => {
    if (processes.length === 0) {
      output.aside.line(
        options.all ? 'No process yet.' : 'No process runs. `aios ps --all` shows the ended ones.',
      );
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, processes, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
  });
  return exitCodes.ok;
}

const columns: Column<ProcessDescription>[] = [
  { title: 'PID', value: ({ pid }) => String(pid), align: 'right' },
  { title: 'PARENT', value: ({ parent }) => (parent === undefined ? '-' : String(parent)), align: 'right' },
  { title: 'AGENT', value: ({ agent }) => agent, flexible: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'HEALTH', value: ({ health }) => health ?? '-' },
  { title: 'RESTARTS', value: ({ restart }) => String(restart?.restarts ?? '-'), align: 'right' },
  { title: 'RUNTIME', value: ({ runtime, durable }) => (durable ? `${runtime}, durable` : runtime) },
  {
    title: 'AGE',
    value: ({ createdAt }) => formatAge(Date.now() - Date.parse(createdAt)),
    align: 'right',
  },
  { title: 'RAN', value: formatRunTime, align: 'right' },
  { title: 'CALLS', value: ({ used }) => formatCount(used.calls), align: 'right' },
  { title: 'TOKENS', value: ({ used }) => formatCount(used.tokens), align: 'right' },
  { title: 'USD', value: ({ used }) => (used.usd === 0 ? '-' : used.usd.toFixed(4)), align: 'right' },
];

function formatRunTime({ startedAt, endedAt }: ProcessDescription): string {
  if (startedAt === undefined) return '-';
  return formatDuration((endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt));
}
