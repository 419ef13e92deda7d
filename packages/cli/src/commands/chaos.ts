import { allCells, fewCells } from '../chaos/cells.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { type CellReport, type ChaosReport, judge } from '../chaos/verdict.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export interface ChaosCommandOptions extends CommonOptions {
  quick?: boolean;
  seed?: number;
  rounds?: number;
  database?: [string, string];
}

/** Kills kernels of its own at every boundary of every kind of call, and says what became of the agents. */
export async function chaos(options: ChaosCommandOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const cells = options.quick ? fewCells() : allCells();
  const rounds = options.quick ? 1 : (options.rounds ?? 2);
  const seed = options.seed ?? 1;
  const { undisturbed, disturbed } = await runChaos({
    cells: Array.from({ length: rounds }, () => cells).flat(),
    seed,
    agentsPerKill: 2,
    databaseUrls: options.database,
    progress: (line) => output.aside.line(line),
  });
  const report = judge(undisturbed, disturbed);
  output.result({ seed, ...report }, (screen) => show(screen, report));
  return report.failures.length === 0 ? exitCodes.ok : exitCodes.failed;
}

const columns: Column<CellReport>[] = [
  { title: 'BOUNDARY', value: ({ boundary }) => boundary },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'KILLS', value: ({ kills }) => String(kills), align: 'right' },
  { title: 'DUPLICATES', value: ({ duplicates }) => String(duplicates), align: 'right' },
  { title: 'LOSSES', value: ({ losses }) => String(losses), align: 'right' },
  { title: 'UNKNOWN', value: ({ unknown }) => String(unknown), align: 'right' },
  {
    title: 'RECOVERY',
    value: ({ recoveryMs }) => (Number.isNaN(recoveryMs) ? '-' : `${recoveryMs} ms`),
    align: 'right',
  },
];

function show(screen: Screen, { cells, failures, ...sums }: ChaosReport): void {
  const [titles = '', ...rows] = renderTable(columns, cells, screen.width);
  screen.line(screen.paint('heading', titles));
  for (const row of rows) screen.line(row);
  screen.line('');
  screen.line(
    `${sums.agents} agents, ${sums.kills} kills: ${sums.duplicates} duplicates, ${sums.losses} losses, ` +
      `${sums.unknown} unknown, ${sums.paidAgain} model calls paid again; back after ${sums.recoveryMs} ms.`,
  );
  for (const failure of failures) screen.line(screen.paint('bad', failure));
  if (failures.length === 0) screen.line(screen.paint('good', 'Every agent gave what it gives undisturbed.'));
}
