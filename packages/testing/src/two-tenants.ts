// Two tenants that make random calls against each other and against a third that makes none. Tests and bench/access share it.

import { AiosError, type Pid, permission, type SyscallName, syscallNames, syscalls } from '@aios/protocol';
import { bootInstallation, type Installation } from './installation.ts';
import { type RandomCall, randomCalls } from './random-calls.ts';

type Line = Installation['session'];

interface Findings {
  calls: number;
  readonly byCode: Record<string, number>;
  /** Answers in which something of another tenant was. */
  readonly leaks: string[];
  /** Errors that no caller should be able to cause. */
  readonly failures: string[];
  /** System calls that were answered well at least once. */
  readonly answered: Set<SyscallName>;
}

/** What was found out. */
export type FuzzReport = Readonly<Findings>;

export interface FuzzOptions {
  readonly calls: number;
  readonly seed: number;
}

/** Reload the configuration, or mount folders of the machine on which the test runs. */
const leftOut: readonly SyscallName[] = ['kernel.refresh', 'storage.mount'];
const names = ['red', 'blue'] as const;
const bystander = 'green';
const markOf = (tenant: string) => `zebra-of-${tenant}`;
/** All that the calls of the table need, and nothing by which one tenant acts for another. */
const actions = new Set(syscallNames.map((name) => syscalls[name].permission.action));
const atOnce = 40;
const deadlineMs = 150;

/** Makes so many calls in a new installation. The bystander’s data must be what it was; if not, that is a failure. */
export async function fuzzTwoTenants({ calls, seed }: FuzzOptions): Promise<FuzzReport> {
  await using installation = await bootInstallation();
  const lines = new Map<string, Line>();
  const pids: Pid[] = [];
  for (const tenant of [...names, bystander]) {
    const line = await lineOf(installation, tenant);
    lines.set(tenant, line);
    pids.push(await furnish(line, tenant));
  }
  const before = await contentOf(lineFor(lines, bystander));
  const report: Findings = { calls: 0, byCode: {}, leaks: [], failures: [], answered: new Set() };
  const sources = names.map((tenant, index) => ({
    line: lineFor(lines, tenant),
    foreign: [...names, bystander].filter((other) => other !== tenant).map(markOf),
    calls: randomCalls({
      seed: seed + index,
      without: leftOut,
      texts: textsOf(tenant),
      numbers: [1, 2, 3, ...pids, 7, 40],
    }),
  }));
  const work = async (index: number) => {
    const source = sources[index % sources.length];
    while (source !== undefined && report.calls < calls) {
      const next = source.calls.next();
      if (next.done === true) return;
      const { name, input } = next.value;
      report.calls += 1;
      note(report, { name, input }, await outcomeOf(source.line, name, input), source.foreign);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, index) => work(index)));
  const after = await contentOf(lineFor(lines, bystander));
  if (after !== before) report.failures.push(`the data of ${bystander} changed: ${before} became ${after}`);
  return report;
}

type Outcome = { readonly output: unknown } | { readonly error: unknown };

async function outcomeOf(line: Line, name: SyscallName, input: unknown): Promise<Outcome> {
  try {
    return { output: await line.request(name, input, { deadlineMs }) };
  } catch (error) {
    return { error };
  }
}

function note(
  report: Findings,
  { name, input }: RandomCall,
  outcome: Outcome,
  foreign: readonly string[],
): void {
  const code =
    'output' in outcome ? 'ok' : AiosError.isInstance(outcome.error) ? outcome.error.code : 'no AiosError';
  report.byCode[code] = (report.byCode[code] ?? 0) + 1;
  if (code === 'ok') report.answered.add(name);
  const said = 'output' in outcome ? JSON.stringify(outcome.output) : textOf(outcome.error);
  if (foreign.some((mark) => said?.includes(mark)))
    report.leaks.push(`${name} ${JSON.stringify(input)} gave ${said}`);
  if (code === 'internal' || code === 'no AiosError') {
    report.failures.push(
      `${name} ${JSON.stringify(input)}: ${textOf('error' in outcome ? outcome.error : '')}`,
    );
  }
}

function textOf(error: unknown): string {
  return AiosError.isInstance(error) ? JSON.stringify(error.toProblem()) : String(error);
}

async function lineOf({ session, kernel }: Installation, tenant: string): Promise<Line> {
  const { token } = await session.call('key.create', {
    name: `fuzz ${tenant}`,
    tenant,
    user: `user-${tenant}`,
    permissions: [...actions].map((action) => permission.parse(action)),
  });
  return kernel.open(token);
}

function lineFor(lines: ReadonlyMap<string, Line>, tenant: string): Line {
  const line = lines.get(tenant);
  if (line === undefined) throw new Error(`There is no line of ${tenant}.`);
  return line;
}

/** One thing of each kind, with the tenant’s mark in it. Gives a process that waits. */
async function furnish(line: Line, tenant: string): Promise<Pid> {
  const mark = markOf(tenant);
  await line.call('storage.write', { path: `/${mark}.txt`, content: mark });
  await line.call('storage.write', { path: '/notes/plan.md', content: `# ${mark}` });
  await line.call('memory.add', { content: `${mark} remembers the meeting` });
  await line.call('conversation.put', { id: 'entry', value: mark });
  await line.call('blackboard.set', { key: 'plan', value: mark });
  await line.call('key.create', { name: mark });
  await line.call('schedule.create', { agent: 'echo', input: mark, everyMs: 86_400_000 });
  await line.call('message.send', { to: 'echo', content: mark });
  const { pid } = await line.call('process.spawn', { agent: 'waiter', input: mark });
  await line.call('context.append', { pid, messages: [{ role: 'user', content: mark }] });
  await line.call('context.checkpoint', { pid, label: mark });
  return pid;
}

/** What a tenant has, as one text. */
async function contentOf(line: Line): Promise<string> {
  const { entries } = await line.call('storage.list', { recursive: true });
  const plan = await line.call('storage.read', { path: '/notes/plan.md' });
  const { notes } = await line.call('memory.search', { query: 'meeting', limit: 100 });
  const { processes } = await line.call('process.list', {});
  const { keys } = await line.call('key.list', { all: true });
  const { schedules } = await line.call('schedule.list', {});
  return JSON.stringify({
    files: entries.map(({ path, sizeBytes }) => [path, sizeBytes]),
    plan: [plan.content, plan.version],
    notes: notes.map(({ content }) => content).sort(),
    processes: processes.map(({ pid, state }) => [pid, state]),
    keys: keys.map(({ id, revokedAt }) => [id, revokedAt]),
    schedules: schedules.map(({ id }) => id),
    board: await line.call('blackboard.get', { key: 'plan' }),
    entry: await line.call('conversation.get', { id: 'entry' }),
  });
}

function textsOf(tenant: string) {
  const paths = ['/notes/plan.md', '/notes', '/a.txt', '/', '/notes/other.md'];
  return {
    any: ['plan', 'entry', 'echo', 'meeting', 'main', tenant, ...names, bystander],
    path: paths,
    agent: ['echo', 'adder', 'nobody'],
    to: ['echo', 'user', 'parent', '1', '2', '3'],
    tenant: [...names, bystander],
    query: ['meeting', 'zebra', 'plan'],
    model: ['offline'],
    name: ['time.now', 'calculator', 'storage.read'],
    id: ['entry', '1', '2', '3', '1:1'],
    key: ['plan', 'other'],
    conversation: ['main', 'other'],
    call: [...syscallNames],
  };
}
