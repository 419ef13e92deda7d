import {
  permission,
  type RestartPolicy,
  type ScheduleDescription,
  type SyscallRequest,
} from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export interface ScheduleCreateOptions extends CommonOptions {
  cron?: string;
  timezone?: string;
  every?: number;
  at?: string;
  missed?: 'skip' | 'once' | 'all';
  input?: string;
  allow?: string[];
  durable?: boolean;
  restart?: RestartPolicy;
}

export async function scheduleCreate(agent: string, options: ScheduleCreateOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const { cron, timezone, every, at, missed, input, allow, durable, restart } = options;
  const request: SyscallRequest<'schedule.create'> = {
    agent,
    ...(input !== undefined && { input: parseJsonArgument(input, '--input') }),
    ...(cron !== undefined && { cron }),
    ...(timezone !== undefined && { timezone }),
    ...(every !== undefined && { everyMs: every * 1000 }),
    ...(at !== undefined && { at: new Date(at).toISOString() }),
    ...(missed && { missed }),
    ...(allow && { permissions: allow.map((text) => permission.parse(text)) }),
    ...(durable && { durable }),
    ...(restart && { restart: { policy: restart } }),
  };
  await using client = await openClient(options);
  const created = await client.schedule.create(request);
  output.result(created, (screen) => screen.line(`Schedule ${created.id}: next at ${created.nextAt}.`));
  return exitCodes.ok;
}

export async function scheduleList(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { schedules } = await client.schedule.list({ limit: 1000 });
  output.result(schedules, (screen) => {
    if (schedules.length === 0) output.aside.line('No schedule. `aios schedule create` makes one.');
    else for (const line of renderTable(columns, schedules, screen.width)) screen.line(line);
  });
  return exitCodes.ok;
}

export async function scheduleDelete(schedule: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  await client.schedule.delete({ schedule });
  output.result({ deleted: schedule }, (screen) => screen.line(`Schedule ${schedule} is deleted.`));
  return exitCodes.ok;
}

const columns: Column<ScheduleDescription>[] = [
  { title: 'ID', value: ({ id }) => String(id), align: 'right' },
  { title: 'AGENT', value: ({ agent }) => agent, flexible: true },
  { title: 'WHEN', value: formatTiming },
  { title: 'NEXT', value: ({ nextAt }) => nextAt.slice(0, 19) },
  { title: 'LAST', value: ({ lastAt }) => lastAt?.slice(0, 19) ?? '-' },
  { title: 'LAST PID', value: ({ lastPid, lastError }) => (lastError ? 'failed' : String(lastPid ?? '-')) },
];

function formatTiming({ cron, timezone, everyMs, at }: ScheduleDescription): string {
  if (cron !== undefined) return `${cron} (${timezone})`;
  return everyMs === undefined ? `at ${at?.slice(0, 19)}` : `every ${everyMs / 1000} s`;
}
