import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApprovalDescription,
  type ApprovalScope,
  approvalState,
  type JsonObject,
  jsonObject,
  pid as pidSchema,
} from '@aios/protocol';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatAge } from '../terminal/text.ts';

export interface ApprovalsListOptions extends CommonOptions {
  all?: boolean;
  state?: string[];
  pid?: number;
}

export interface AnswerOptions extends CommonOptions {
  for?: ApprovalScope;
  comment?: string;
}

export interface EditOptions extends AnswerOptions {
  input?: string;
}

export async function approvalsList(options: ApprovalsListOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const states = options.state?.map((text) => approvalState.parse(text)) ?? ['pending' as const];
  const { approvals } = await client.approval.list({
    ...(!options.all && { states }),
    ...(options.pid !== undefined && { pid: pidSchema.parse(options.pid) }),
  });
  output.result(approvals, (screen) => {
    if (approvals.length === 0) {
      output.aside.line('No call waits for you.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, approvals, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
    output.aside.line('"aios approvals show ID", then approve, deny or edit.');
  });
  return exitCodes.ok;
}

export async function approvalsShow(id: string, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const approval = await client.approval.get({ id });
  output.result(approval, (screen) => show(screen, approval));
  return exitCodes.ok;
}

export async function approvalsAnswer(
  id: string,
  decision: 'approve' | 'deny',
  options: AnswerOptions,
  input?: JsonObject,
): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const approval = await client.approval.answer({
    id,
    decision,
    ...(options.for && { scope: options.for }),
    ...(options.comment !== undefined && { comment: options.comment }),
    ...(input && { input }),
  });
  output.result(approval, (screen) => screen.line(`${nameOf(approval)} is ${approval.state}.`));
  return exitCodes.ok;
}

/** Approves a call with other arguments: those of `--input`, or as they are left in the editor. */
export async function approvalsEdit(id: string, options: EditOptions): Promise<ExitCode> {
  const edited =
    options.input === undefined ? await editInput(id, options) : parseJsonArgument(options.input, '--input');
  return await approvalsAnswer(id, 'approve', options, jsonObject.parse(edited));
}

async function editInput(id: string, options: CommonOptions): Promise<unknown> {
  const editor = process.env.VISUAL ?? process.env.EDITOR;
  if (editor === undefined || !process.stdin.isTTY) {
    throw new CommandFailure(
      'Say what to do instead with --input JSON, or name an editor in EDITOR.',
      exitCodes.usage,
    );
  }
  await using client = await openClient(options);
  const { input } = await client.approval.get({ id });
  const folder = await mkdtemp(join(tmpdir(), 'aios-approval-'));
  try {
    const file = join(folder, `approval-${id}.json`);
    await writeFile(file, `${JSON.stringify(input, null, 2)}\n`, { mode: 0o600 });
    await run(editor, file);
    return parseJsonArgument(await readFile(file, 'utf8'), 'What you wrote');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(editor: string, file: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // An editor may be given with options, as git takes it.
  const child = spawn(`${editor} "$1"`, ['aios', file], { shell: '/bin/sh', stdio: 'inherit' });
  child.once('error', reject);
  child.once('exit', (code) =>
    code === 0
      ? resolve()
      : reject(
          new CommandFailure(`${editor} ended with code ${code}; nothing was approved.`, exitCodes.failed),
        ),
  );
  return promise;
}

function show(screen: Screen, approval: ApprovalDescription): void {
  const {
    id,
    state,
    call,
    user,
    agent,
    pid,
    reason,
    requestedAt,
    expiresAt,
    atTimeout,
    hash,
    permissions,
    answer,
  } = approval;
  screen.line(screen.paint('heading', `Approval ${id}: ${state}`));
  screen.line(`Who       ${agent === undefined ? `user ${user}` : `${agent}, process ${pid}, for ${user}`}`);
  screen.line(`What      ${nameOf(approval)}`);
  screen.line(`Why       ${reason}`);
  screen.line(`Asked     ${requestedAt}, until ${expiresAt}; then the answer is: ${atTimeout}`);
  if (permissions.length > 0) screen.line(`For good  ${permissions.join(', ')}`);
  screen.line(`SHA-256   ${hash}`);
  screen.line(call === 'tool.call' ? 'Arguments of the call, to the letter:' : 'Input, to the letter:');
  for (const line of visible(approval.input).split('\n')) screen.line(`  ${line}`);
  if (answer === undefined) return;
  screen.line(
    `Answer    ${answer.decision} by ${answer.by} at ${answer.at}${answer.comment ? `: ${answer.comment}` : ''}`,
  );
  if (answer.input) for (const line of visible(answer.input).split('\n')) screen.line(`  ${line}`);
}

/** As JSON, with all characters written out that a terminal would not show, or show elsewhere than they stand. */
function visible(input: JsonObject): string {
  const text = JSON.stringify(input, null, 2);
  return text.replaceAll(
    /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n]]/gv,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const columns: Column<ApprovalDescription>[] = [
  { title: 'ID', value: ({ id }) => id, align: 'right' },
  { title: 'PID', value: ({ pid = '' }) => String(pid), align: 'right' },
  { title: 'WHO', value: ({ agent, user }) => agent ?? user },
  { title: 'WHAT', value: nameOf, flexible: true },
  {
    title: 'AGE',
    value: ({ requestedAt }) => formatAge(Date.now() - Date.parse(requestedAt)),
    align: 'right',
  },
  { title: 'STATE', value: ({ state }) => state },
];

function nameOf({ call, target }: ApprovalDescription): string {
  return target === undefined ? call : `${call} ${target}`;
}
