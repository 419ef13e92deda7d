import { type LogEntry, type ProcessDescription, pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { formatCount, padEnd, printable } from '../terminal/text.ts';

const labelWidth = 13;
const lastEntries = 10;
const pageSize = 10_000;

/** Everything that is known of one process, and what it did last. */
export async function inspect(number: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const process = await client.process.get({ pid });
  const { entries } = await client.process.logs({ pid, limit: pageSize });
  const { processes } = await client.process.list({ limit: pageSize });
  const children = processes.filter(({ parent, adoptedBy }) => (adoptedBy ?? parent) === pid);
  const log = entries.slice(-lastEntries);
  output.result({ ...process, children: children.map((child) => child.pid), log }, (screen) => {
    showFacts(process, children, screen);
    showLog(log, screen);
  });
  return exitCodes.ok;
}

function showFacts(
  process: ProcessDescription,
  children: readonly ProcessDescription[],
  screen: Screen,
): void {
  const { exit, state, parent, adoptedBy, used, error } = process;
  const row = (label: string, value: string | undefined) => {
    if (value !== undefined)
      screen.line(`${screen.paint('heading', padEnd(label, labelWidth))}${printable(value)}`);
  };
  row('Process', `${process.pid}, ${process.agent}`);
  row('State', exit === undefined || exit === 'success' ? state : `${state} (${exit})`);
  row('Health', process.health);
  row('Progress', process.lastProgressAt && `last call answered ${process.lastProgressAt}`);
  row('Restart', process.restart && describeRestart(process.restart));
  row('Breaks', process.breaks === undefined ? undefined : `broke its thread ${process.breaks} times`);
  row('Runtime', process.durable ? `${process.runtime}, durable` : process.runtime);
  row('Run', process.run > 1 ? `${process.run}, begun anew ${process.run - 1} times` : undefined);
  row('Owner', process.owner);
  row(
    'Parent',
    parent === undefined ? undefined : `${parent}${adoptedBy ? `, adopted by ${adoptedBy}` : ''}`,
  );
  row('Group', String(process.group));
  row('Children', children.map(({ pid, agent }) => `${pid} ${agent}`).join(', ') || undefined);
  row('Created', process.createdAt);
  row('Started', process.startedAt);
  row('Ended', process.endedAt);
  row(
    'Used',
    `${formatCount(used.calls)} calls, ${formatCount(used.tokens)} tokens, $${used.usd.toFixed(4)}`,
  );
  row('Budget', JSON.stringify(process.budget));
  row('Permissions', process.permissions.map((layer) => layer.join(' ') || 'none').join('  and  '));
  row('Input', JSON.stringify(process.input));
  row('Output', process.output === undefined ? undefined : JSON.stringify(process.output));
  row('Error', error && `${error.code}: ${error.detail}`);
}

function describeRestart(restart: NonNullable<ProcessDescription['restart']>): string {
  const { policy, restarts, withoutProgress, maxAttempts, replaces, nextAt } = restart;
  const parts = [
    policy,
    `${restarts} so far`,
    `${withoutProgress} of ${maxAttempts} in a row without progress`,
    replaces !== undefined && `in the place of process ${replaces}`,
    nextAt !== undefined && `next at ${nextAt}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function showLog(entries: readonly LogEntry[], screen: Screen): void {
  if (entries.length === 0) return;
  screen.line();
  for (const { at, kind, text } of entries) {
    screen.text(`${screen.paint('faint', at.slice(11, 23))}  ${padEnd(kind, 7)}  ${text}`);
  }
}
