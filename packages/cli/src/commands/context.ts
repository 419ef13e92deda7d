import type { ChatMessage, ContextCheckpoint, Pid, SyscallOutput, SyscallRequest } from '@aios/protocol';
import { pid as pidSchema } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen, Style } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { fit, formatAge, formatBytes, formatCount, printable } from '../terminal/text.ts';

export interface ConversationOptions extends CommonOptions {
  conversation?: string;
}

export interface ContextCheckpointOptions extends ConversationOptions {
  label?: string;
}

export interface ContextForkOptions extends ConversationOptions {
  from?: string;
  as?: string;
  agent?: string;
  input?: string;
}

export async function contextList(number: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const listed = await client.context.list({ pid });
  output.result(listed, (screen) => {
    const { conversations, checkpoints } = listed;
    if (conversations.length + checkpoints.length === 0) {
      output.aside.line(`Process ${pid} keeps no conversation.`);
      return;
    }
    showTable(screen, conversationColumns, conversations);
    if (checkpoints.length === 0) return;
    screen.line();
    showTable(screen, checkpointColumns, checkpoints);
  });
  return exitCodes.ok;
}

export async function contextShow(number: number, options: ConversationOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const request = { pid: pidSchema.parse(number), ...named(options), limit: 10_000 };
  const { messages } = await client.context.read(request);
  output.result(messages, (screen) => {
    for (const message of messages) {
      screen.line(screen.paint('heading', message.role));
      screen.prose(textOf(message));
    }
  });
  return exitCodes.ok;
}

export async function contextCheckpoint(
  number: number,
  options: ContextCheckpointOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const checkpoint = await client.context.checkpoint({
    pid: pidSchema.parse(number),
    ...named(options),
    ...(options.label !== undefined && { label: options.label }),
  });
  output.result(checkpoint, (screen) =>
    screen.line(`Checkpoint ${checkpoint.id} of process ${number}, after ${checkpoint.length} messages.`),
  );
  return exitCodes.ok;
}

export async function contextDiff(
  number: number,
  from: string | undefined,
  to: string | undefined,
  options: CommonOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const before = await findCheckpoint(client, pid, from);
  const after = to === undefined ? undefined : await findCheckpoint(client, pid, to);
  const difference = await client.context.diff({ from: before.id, ...(after && { to: after.id }) });
  output.result(difference, (screen) => showDifference(screen, difference));
  return exitCodes.ok;
}

export async function contextRestore(
  number: number,
  wanted: string | undefined,
  options: CommonOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const { id } = await findCheckpoint(client, pid, wanted);
  const restored = await client.context.restore({ checkpoint: id });
  output.result(restored, (screen) => {
    const { conversation, length, before } = restored;
    screen.line(`The conversation "${conversation}" is at checkpoint ${id} again: ${length} messages.`);
    if (before !== undefined) output.aside.line(`What it held before is checkpoint ${before}.`);
  });
  return exitCodes.ok;
}

export async function contextFork(number: number, options: ContextForkOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  const target = forkTarget(options);
  await using client = await openClient(options);
  const checkpoint = options.from === undefined ? undefined : await findCheckpoint(client, pid, options.from);
  const forked = await client.context.fork({
    ...(checkpoint === undefined ? { pid, ...named(options) } : { checkpoint: checkpoint.id }),
    ...target,
  });
  output.result(forked, (screen) => {
    const where = `the conversation "${forked.conversation}" of process ${forked.pid}`;
    screen.line(`Forked into ${where}, after ${forked.length} messages.`);
  });
  return exitCodes.ok;
}

function forkTarget({
  as,
  agent,
  input,
}: ContextForkOptions): Pick<SyscallRequest<'context.fork'>, 'as' | 'spawn'> {
  if (as === undefined) {
    return {
      spawn: {
        ...(agent !== undefined && { agent }),
        ...(input !== undefined && { input: parseJsonArgument(input, '--input') }),
      },
    };
  }
  if (agent === undefined && input === undefined) return { as };
  throw new CommandFailure(
    'Give either --as, for another conversation of the process, or --agent and --input, for a new process.',
    exitCodes.usage,
  );
}

/** By its number or label; the newest where none is named. */
async function findCheckpoint(
  client: Client,
  pid: Pid,
  wanted: string | undefined,
): Promise<ContextCheckpoint> {
  const { checkpoints } = await client.context.list({ pid, limit: 10_000 });
  const found = checkpoints.find(
    ({ id, label }) => wanted === undefined || String(id) === wanted || label === wanted,
  );
  if (found !== undefined) return found;
  const what = wanted === undefined ? 'no checkpoint yet' : `no checkpoint "${wanted}"`;
  throw new CommandFailure(
    `Process ${pid} has ${what}. \`aios context list ${pid}\` shows those that it has.`,
    exitCodes.failed,
  );
}

function named({ conversation }: ConversationOptions): { conversation?: string } {
  return conversation === undefined ? {} : { conversation };
}

type Conversation = SyscallOutput<'context.append'>;

const conversationColumns: Column<Conversation>[] = [
  { title: 'CONVERSATION', value: ({ conversation }) => conversation, flexible: true },
  { title: 'MESSAGES', value: ({ length }) => formatCount(length), align: 'right' },
  { title: 'SIZE', value: ({ bytes }) => formatBytes(bytes), align: 'right' },
];

const checkpointColumns: Column<ContextCheckpoint>[] = [
  { title: 'CHECKPOINT', value: ({ id }) => String(id), align: 'right' },
  { title: 'CONVERSATION', value: ({ conversation }) => conversation },
  {
    title: 'LABEL',
    value: ({ label, cause }) => label ?? (cause === 'restore' ? '(before a restore)' : '-'),
    flexible: true,
  },
  { title: 'MESSAGES', value: ({ length }) => formatCount(length), align: 'right' },
  { title: 'FILES', value: ({ files }) => formatCount(files), align: 'right' },
  { title: 'AGE', value: ({ createdAt }) => formatAge(Date.now() - Date.parse(createdAt)), align: 'right' },
];

function showTable<Row>(screen: Screen, columns: Column<Row>[], rows: readonly Row[]): void {
  const [titles = '', ...lines] = renderTable(columns, rows, screen.width);
  screen.line(screen.paint('heading', titles));
  for (const line of lines) screen.line(line);
}

function showDifference(screen: Screen, difference: SyscallOutput<'context.diff'>): void {
  const { common, removed, added, files, notes } = difference;
  screen.line(screen.paint('faint', `  ${common} messages in common`));
  showMessages(screen, '-', 'bad', removed);
  showMessages(screen, '+', 'good', added);
  for (const { path, from = 0, to = 0 } of files) screen.text(`  ${path}: version ${from} → ${to}`);
  if (notes.added > 0) screen.line(`  ${notes.added} notes more`);
}

function showMessages(
  screen: Screen,
  sign: string,
  style: Style,
  { count, messages }: { count: number; messages: readonly ChatMessage[] },
): void {
  for (const message of messages) {
    const text = printable(textOf(message)).replaceAll(/\s+/g, ' ');
    screen.line(screen.paint(style, fit(`${sign} ${message.role}: ${text}`, screen.width)));
  }
  if (count > messages.length) screen.line(`${sign} and ${count - messages.length} more`);
}

/** What a message says, in words. */
function textOf(message: ChatMessage): string {
  const said =
    typeof message.content === 'string'
      ? message.content
      : message.content.map((part) => (part.type === 'text' ? part.text : `[${part.mediaType}]`)).join(' ');
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
  return [said, ...calls.map(({ name, arguments: input }) => `${name}(${JSON.stringify(input)})`)]
    .filter((text) => text !== '')
    .join('\n');
}
