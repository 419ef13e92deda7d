import { type GrantDecision, type GrantDescription, permission } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export interface GrantOptions extends CommonOptions {
  irreversible?: boolean;
}

export async function grantsList(agent: string | undefined, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { grants } = await client.grant.list(agent === undefined ? {} : { agent });
  output.result(grants, (screen) => {
    if (grants.length === 0) {
      output.aside.line('Nothing is decided yet. "aios grants allow AGENT" allows what the agent asks for.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, grants, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
  });
  return exitCodes.ok;
}

export async function grantsSet(
  agent: string,
  permissions: readonly string[],
  decision: GrantDecision,
  options: GrantOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { grants } = await client.grant.set({
    agent,
    decision,
    ...(permissions.length > 0 && { permissions: permissions.map((text) => permission.parse(text)) }),
    ...(options.irreversible && { irreversible: true }),
  });
  output.result(grants, (screen) => {
    for (const grant of grants) screen.line(`${grant.agent}: ${grant.decision} ${grant.permission}`);
  });
  return exitCodes.ok;
}

export async function grantsRemove(
  agent: string,
  permissions: readonly string[],
  options: CommonOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const answer = await client.grant.delete({
    agent,
    ...(permissions.length > 0 && { permissions: permissions.map((text) => permission.parse(text)) }),
  });
  output.result(answer, (screen) => screen.line(`${answer.deleted} decisions taken back.`));
  return exitCodes.ok;
}

const columns: Column<GrantDescription>[] = [
  { title: 'AGENT', value: ({ agent }) => agent },
  { title: 'PERMISSION', value: (grant) => grant.permission, flexible: true },
  { title: 'DECISION', value: ({ decision }) => decision },
  { title: 'IRREVERSIBLE', value: ({ irreversible }) => (irreversible ? 'too' : '') },
  { title: 'FOR', value: ({ pid }) => (pid === undefined ? 'always' : `process ${pid}`) },
];
