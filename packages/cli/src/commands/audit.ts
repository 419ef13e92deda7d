import { type AuditEntry, type AuditOutcome, pid as pidSchema } from '@aios/protocol';
import { resolveHome } from '@aios/sdk';
import { type AuditReport, createLogger, verifyAudit, writeAuditFile } from '@aios/server';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatAge } from '../terminal/text.ts';

export interface AuditListOptions extends CommonOptions {
  outcome?: AuditOutcome;
  pid?: number;
  call?: string;
  limit?: number;
}

export interface AuditVerifyOptions extends CommonOptions {
  publicKey?: string;
  heads?: string;
}

export interface AuditRotateOptions extends CommonOptions {
  olderThan: number;
}

const dayMs = 86_400_000;
const entriesPerCall = 1000;

export async function auditList(options: AuditListOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { entries } = await client.audit.list({
    last: true,
    ...(options.outcome && { outcomes: [options.outcome] }),
    ...(options.pid !== undefined && { pid: pidSchema.parse(options.pid) }),
    ...(options.call !== undefined && { call: options.call }),
    ...(options.limit !== undefined && { limit: options.limit }),
  });
  output.result(entries, (screen) => {
    if (entries.length === 0) {
      output.aside.line('The audit has no such entry.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, entries, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
  });
  return exitCodes.ok;
}

export async function auditExport(path: string, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const first = await client.audit.list({ limit: entriesPerCall });
  const tenant = first.entries[0]?.tenant ?? first.checkpoint?.tenant;
  if (tenant === undefined) {
    output.aside.line('The audit is empty: nothing was written.');
    return exitCodes.failed;
  }
  async function* all(): AsyncGenerator<AuditEntry> {
    let { entries } = first;
    while (entries.length > 0) {
      yield* entries;
      ({ entries } = await client.audit.list({
        after: entries.at(-1)?.sequence ?? 0,
        limit: entriesPerCall,
      }));
    }
  }
  const { publicKey, checkpoint } = first;
  const written = await writeAuditFile(path, { tenant, publicKey, checkpoint }, all());
  output.result({ file: path, ...written }, (screen) =>
    screen.line(`${written.count} entries of ${tenant} are in ${path}.`),
  );
  return exitCodes.ok;
}

export async function auditVerify(file: string | undefined, options: AuditVerifyOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const reports = await verifyAudit({
    home: resolveHome(options.home),
    env: process.env,
    logger: createLogger('silent'),
    file,
    publicKey: options.publicKey,
    heads: options.heads,
  });
  output.result(reports, (screen) => {
    if (reports.length === 0) screen.line('The audit is empty.');
    for (const report of reports) showReport(report, screen);
  });
  return reports.every(({ findings }) => findings.length === 0) ? exitCodes.ok : exitCodes.failed;
}

export async function auditRotate(options: AuditRotateOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const rotated = await client.audit.rotate({ olderThanMs: options.olderThan * dayMs });
  output.result(rotated, (screen) =>
    screen.line(
      rotated.segment === undefined
        ? 'No entry is that old.'
        : `${rotated.entries} entries were moved to ${rotated.segment}.`,
    ),
  );
  return exitCodes.ok;
}

const columns: Column<AuditEntry>[] = [
  { title: 'NO', value: ({ sequence }) => String(sequence), align: 'right' },
  { title: 'AGE', value: ({ at }) => formatAge(Date.now() - at), align: 'right' },
  { title: 'WHO', value: whoOf },
  { title: 'CALL', value: ({ name }) => name },
  { title: 'TARGET', value: ({ target }) => target ?? '', flexible: true },
  { title: 'OUTCOME', value: ({ outcome, code }) => (code === null ? outcome : `${outcome}: ${code}`) },
];

function whoOf({ user, agent, pid }: AuditEntry): string {
  return agent === null ? user : `${agent} (${pid})`;
}

function showReport({ tenant, entries, end, anchoredTo, findings }: AuditReport, screen: Screen): void {
  if (findings.length === 0) {
    screen.line(
      `${tenant}: ${entries} entries up to ${end.sequence} are as they were written; anchored up to ${anchoredTo}.`,
    );
  }
  for (const { kind, message } of findings) screen.line(`${screen.paint('bad', kind)}: ${message}`);
}
