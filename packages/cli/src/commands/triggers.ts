import {
  permission,
  type RestartPolicy,
  type SyscallRequest,
  type TriggerDescription,
  type TriggerSource,
  triggerSource,
} from '@aios/protocol';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export interface TriggerCreateOptions extends CommonOptions {
  webhook?: string;
  file?: string;
  debounce?: number;
  message?: boolean;
  exitOf?: string;
  exits?: string[];
  deliver?: 'start' | 'message';
  input?: string;
  allow?: string[];
  durable?: boolean;
  restart?: RestartPolicy;
  maxPerMinute?: number;
}

export async function triggerCreate(agent: string, options: TriggerCreateOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const { deliver, input, allow, durable, restart, maxPerMinute } = options;
  const request: SyscallRequest<'trigger.create'> = {
    agent,
    on: readSource(options),
    ...(deliver && { deliver }),
    ...(input !== undefined && { input: parseJsonArgument(input, '--input') }),
    ...(allow && { permissions: allow.map((text) => permission.parse(text)) }),
    ...(durable && { durable }),
    ...(restart && { restart: { policy: restart } }),
    ...(maxPerMinute !== undefined && { maxPerMinute }),
  };
  await using client = await openClient(options);
  const created = await client.trigger.create(request);
  output.result(created, (screen) => {
    const at = created.url === undefined ? '' : ` Send webhooks to ${created.url} of this kernel.`;
    screen.line(`Trigger ${created.id} is there.${at}`);
  });
  return exitCodes.ok;
}

export async function triggerList(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { triggers } = await client.trigger.list({ limit: 1000 });
  output.result(triggers, (screen) => {
    if (triggers.length === 0) output.aside.line('No trigger. `aios triggers create` makes one.');
    else for (const line of renderTable(columns, triggers, screen.width)) screen.line(line);
  });
  return exitCodes.ok;
}

export async function triggerDelete(trigger: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  await client.trigger.delete({ trigger });
  output.result({ deleted: trigger }, (screen) => screen.line(`Trigger ${trigger} is deleted.`));
  return exitCodes.ok;
}

function readSource({
  webhook,
  file,
  debounce,
  message,
  exitOf,
  exits,
}: TriggerCreateOptions): TriggerSource {
  const sources = [
    webhook !== undefined && { kind: 'webhook', secret: webhook },
    file !== undefined && { kind: 'file', path: file, debounceMs: debounce },
    message && { kind: 'message' },
    exitOf !== undefined && { kind: 'exit', of: /^\d+$/.test(exitOf) ? Number(exitOf) : exitOf, exits },
  ].filter(Boolean);
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new CommandFailure('Name one of --webhook, --file, --message and --exit-of.', exitCodes.usage);
  }
  const parsed = triggerSource.safeParse(source);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(parsed.error.issues.map((issue) => issue.message).join('; '), exitCodes.usage);
}

const columns: Column<TriggerDescription>[] = [
  { title: 'ID', value: ({ id }) => String(id), align: 'right' },
  { title: 'AGENT', value: ({ agent }) => agent, flexible: true },
  { title: 'ON', value: ({ on }) => describeSource(on), flexible: true },
  { title: 'DELIVER', value: ({ deliver }) => deliver },
  { title: 'PENDING', value: ({ pending }) => String(pending), align: 'right' },
  { title: 'LAST', value: ({ lastAt }) => lastAt?.slice(0, 19) ?? '-' },
  { title: 'LAST PID', value: ({ lastPid, lastError }) => (lastError ? 'failed' : String(lastPid ?? '-')) },
];

function describeSource(on: TriggerSource): string {
  switch (on.kind) {
    case 'webhook':
      return `webhook, signed with ${on.secret}`;
    case 'file':
      return `files ${on.path}`;
    case 'message':
      return 'mail';
    case 'exit':
      return `end of ${on.of}`;
  }
}
