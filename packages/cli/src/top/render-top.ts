import type { KernelSchedule, KernelStatus } from '@aios/protocol';
import { livingStates } from '../living-states.ts';
import type { Screen } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { fit, formatAge, formatBytes, formatCount, formatDuration, padEnd } from '../terminal/text.ts';

type Queue = KernelSchedule['queues'][number];
type Holder = Queue['holders'][number];
type Waiter = Queue['waiters'][number];

/** A call that holds a slot or waits for one, in the queue that it is in. */
type Entry = { queue: string } & ({ kind: 'runs'; call: Holder } | { kind: 'waits'; call: Waiter });

const barWidth = 10;

/** The lines of `aios top`: the kernel, its queues, and who runs and waits, as many as there is room for. */
export function renderTop(
  schedule: KernelSchedule,
  kernel: KernelStatus,
  screen: Pick<Screen, 'width' | 'paint'>,
  height: number,
): string[] {
  const { width } = screen;
  const queues = schedule.queues.toSorted(
    (left, right) => right.queued - left.queued || right.running - left.running,
  );
  const heading = (text: string) => screen.paint('heading', text);
  const [queueTitles = '', ...queueRows] = renderTable(queueColumns, queues, width);
  const lines = [
    fit(headline(queues, kernel), width),
    '',
    heading(queueTitles),
    ...queueRows.map((row, index) => ((queues[index]?.queued ?? 0) > 0 ? screen.paint('warning', row) : row)),
    ...queues.flatMap(boundsOf).map((line) => screen.paint('warning', fit(line, width))),
    '',
  ];
  const entries = queues.flatMap(entriesOf);
  if (entries.length === 0)
    return [...lines, screen.paint('faint', 'Nothing runs and nothing waits.')].slice(0, height);
  const room = Math.max(1, height - lines.length - 1);
  const shown = select(entries, room);
  const [titles = '', ...rows] = renderTable(entryColumns, shown, width);
  lines.push(
    heading(titles),
    ...rows.map((row, index) => (shown[index]?.kind === 'runs' ? screen.paint('good', row) : row)),
  );
  const hidden = total(queues) - shown.length;
  if (hidden > 0) lines[lines.length - 1] = screen.paint('faint', `… ${formatCount(hidden + 1)} more`);
  return lines.slice(0, height);
}

function headline(queues: readonly Queue[], kernel: KernelStatus): string {
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  const queued = queues.reduce((sum, queue) => sum + queue.queued, 0);
  const living = livingStates.reduce((sum, state) => sum + (kernel.processes[state] ?? 0), 0);
  return [
    `AIOS up ${formatAge(kernel.uptimeMs)}`,
    `${formatBytes(kernel.residentBytes)}`,
    `${formatCount(living)} processes`,
    `${formatCount(running)} calls run`,
    `${formatCount(queued)} wait`,
  ].join(' · ');
}

/** What else than slots keeps calls of a queue waiting. */
function boundsOf({ name, window, memory }: Queue): string[] {
  const lines: string[] = [];
  if (window !== undefined) {
    const { limit, programs, idle, outside, reason } = window;
    const whose = `${programs} of ${limit} programs let in (${idle} with their tools), ${outside} wait outside`;
    lines.push(`${name}: ${whose}: ${reason}`);
  }
  if (memory !== undefined && memory.takenTokens >= memory.spaceTokens) {
    const { takenTokens, spaceTokens } = memory;
    lines.push(`${name}: memory is full, ${formatCount(takenTokens)} of ${formatCount(spaceTokens)} tokens`);
  }
  return lines;
}

const queueColumns: Column<Queue>[] = [
  { title: 'QUEUE', value: ({ name }) => name, flexible: true },
  { title: 'POLICY', value: ({ policy }) => policy },
  { title: 'SLOTS', value: bar },
  { title: 'TAKEN', value: ({ running, capacity }) => `${running}/${capacity}`, align: 'right' },
  { title: 'WAIT', value: ({ queued }) => formatCount(queued), align: 'right' },
  {
    title: 'OLDEST',
    value: ({ oldestWaitMs }) => (oldestWaitMs === undefined ? '-' : formatDuration(oldestWaitMs)),
    align: 'right',
  },
  {
    title: 'PACE',
    value: ({ msPerDispatch }) =>
      msPerDispatch === undefined || msPerDispatch === 0 ? '-' : `${(1000 / msPerDispatch).toPrecision(2)}/s`,
    align: 'right',
  },
];

const entryColumns: Column<Entry>[] = [
  { title: 'QUEUE', value: ({ queue }) => fit(queue.replace(/^core:/, ''), 14) },
  {
    title: 'TURN',
    value: ({ kind, call }) => (kind === 'runs' ? 'runs' : `${call.position}`),
    align: 'right',
  },
  { title: 'CLASS', value: ({ call }) => call.class },
  { title: 'PROGRAM', value: ({ call }) => fit(nameOf(call), 18) },
  {
    title: 'TIME',
    value: ({ kind, call }) => formatDuration(kind === 'runs' ? call.heldMs : call.waitedMs),
    align: 'right',
  },
  { title: 'WHY', value: why, flexible: true },
];

function bar({ running, capacity }: Queue): string {
  const taken = Math.min(barWidth, Math.ceil((barWidth * running) / capacity));
  return padEnd('█'.repeat(taken), barWidth).replaceAll(' ', '·');
}

function nameOf({ program, agent, user }: Holder | Waiter): string {
  if (program === undefined) return 'another tenant’s';
  if (program.startsWith('user ')) return `user ${user}`;
  return agent === undefined ? program : `${agent} ${program.replace(/^process /, '')}`;
}

function why({ kind, call }: Entry): string {
  if (kind === 'waits') return call.reason;
  const waited = call.waitedMs < 1 ? 'got its slot at once' : `waited ${formatDuration(call.waitedMs)}`;
  if (call.runsToEnd !== undefined) return `${waited}, runs to its end: ${call.runsToEnd}`;
  return call.mustYield ? `${waited}, told to yield` : waited;
}

function entriesOf({ name: queue, holders, waiters }: Queue): Entry[] {
  return [
    ...holders.map((call): Entry => ({ queue, kind: 'runs', call })),
    ...waiters.map((call): Entry => ({ queue, kind: 'waits', call })),
  ];
}

/** Those that fit: of both kinds, as far as there are some, in their order. */
function select(entries: readonly Entry[], room: number): Entry[] {
  if (entries.length <= room) return [...entries];
  const waiting = entries.filter(({ kind }) => kind === 'waits').length;
  const ofWaiting = Math.min(waiting, Math.max(Math.ceil(room / 2), room - (entries.length - waiting)));
  let left = { runs: room - ofWaiting, waits: ofWaiting };
  return entries.filter(({ kind }) => {
    left = { ...left, [kind]: left[kind] - 1 };
    return left[kind] >= 0;
  });
}

function total(queues: readonly Queue[]): number {
  return queues.reduce((sum, { running, queued }) => sum + running + queued, 0);
}
