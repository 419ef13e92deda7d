import { type KeyDescription, permission, pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatAge } from '../terminal/text.ts';

export interface KeyCreateOptions extends CommonOptions {
  allow?: string[];
  pid?: number;
  days?: number;
  alias?: string[];
  budgetTokens?: number;
  budgetCalls?: number;
  budgetUsd?: number;
}

export interface KeyListOptions extends CommonOptions {
  all?: boolean;
}

const dayMs = 86_400_000;

export async function keyCreate(name: string, options: KeyCreateOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const budget = budgetOf(options);
  await using client = await openClient(options);
  const { token, key } = await client.key.create({
    name,
    ...(options.allow && { permissions: options.allow.map((text) => permission.parse(text)) }),
    ...(options.pid !== undefined && { pid: pidSchema.parse(options.pid) }),
    ...(options.days !== undefined && { expiresInMs: options.days * dayMs }),
    ...(options.alias && { aliases: Object.fromEntries(options.alias.map(readAlias)) }),
    ...(budget && { budget }),
  });
  output.result({ token, key }, (screen) => {
    screen.line(token);
    output.aside.line(`Key ${key.id} (${key.name}). The token is shown this once: keep it.`);
  });
  return exitCodes.ok;
}

export async function keyList(options: KeyListOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { keys } = await client.key.list({ all: options.all ?? false });
  output.result(keys, (screen) => {
    if (keys.length === 0) {
      output.aside.line('No key yet. `aios key create NAME` makes one.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, keys, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
  });
  return exitCodes.ok;
}

export async function keyRevoke(id: string, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const key = await client.key.revoke({ id });
  output.result(key, (screen) => screen.line(`Key ${key.id} (${key.name}) is of no use any more.`));
  return exitCodes.ok;
}

const columns: Column<KeyDescription>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name, flexible: true },
  { title: 'USER', value: ({ user }) => user },
  { title: 'PID', value: ({ pid }) => (pid === undefined ? '-' : String(pid)), align: 'right' },
  { title: 'MAY', value: ({ permissions }) => (permissions.at(-1) ?? []).join(' '), flexible: true },
  { title: 'AGE', value: ({ createdAt }) => formatAge(Date.now() - Date.parse(createdAt)), align: 'right' },
  { title: 'STATE', value: stateOf },
];

function stateOf({ revokedAt, expiresAt }: KeyDescription): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'good';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : `until ${expiresAt.slice(0, 10)}`;
}

function budgetOf({ budgetTokens: tokens, budgetCalls: calls, budgetUsd: usd }: KeyCreateOptions) {
  if (tokens === undefined && calls === undefined && usd === undefined) return undefined;
  return {
    ...(tokens !== undefined && { tokens }),
    ...(calls !== undefined && { calls }),
    ...(usd !== undefined && { usd }),
  };
}

function readAlias(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
