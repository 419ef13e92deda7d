import { AiosError, checkpointId, pid as pidSchema, type SyscallOutput } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { padEnd } from '../terminal/text.ts';

export interface UndoOptions extends CommonOptions {
  to?: number;
  keep?: boolean;
  force?: boolean;
  compensate?: boolean;
}

type Undone = SyscallOutput<'process.undo'>;

const labelWidth = 10;

/** Takes a process, its files and its notes back together, and says what stays done outside. */
export async function undo(number: number, options: UndoOptions): Promise<ExitCode> {
  if (options.keep && options.force) {
    throw new AiosError(
      'invalid_argument',
      'Give either --keep or --force: both say what to do with the same files.',
    );
  }
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const undone = await client.process.undo({
    pid,
    ...(options.to !== undefined && { checkpoint: checkpointId.parse(options.to) }),
    others: options.keep ? 'keep' : options.force ? 'overwrite' : 'refuse',
    compensate: options.compensate ?? false,
  });
  output.result(undone, (screen) => show(undone, screen));
  return undone.effects.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.ok;
}

function show({ pid, checkpoint, process, files, notes, effects }: Undone, screen: Screen): void {
  const row = (label: string, text: string) =>
    screen.text(`${screen.paint('heading', padEnd(label, labelWidth))}${text}`);
  const state =
    process === undefined
      ? 'has ended and stays as it is'
      : `goes on; ${process.takenBack} calls count no longer`;
  row('Process', `${pid}, back at checkpoint ${checkpoint}: ${state}`);
  if (process !== undefined && process.killed.length > 0) row('Killed', process.killed.join(', '));
  for (const { path, outcome, version, changedBy } of files) {
    const others = changedBy.length === 0 ? '' : ` (changed by ${changedBy.join(', ')})`;
    row('File', `${path} ${outcome}${version === undefined ? '' : ` to version ${version}`}${others}`);
  }
  row('Notes', `${notes.removed} removed`);
  const left = effects.filter(({ state: now }) => now !== 'compensated');
  for (const { id, call, target, state: now, error } of effects) {
    const why = error === undefined ? '' : `: ${error.detail}`;
    row('Outside', `${id} ${target === undefined ? call : `${call} ${target}`} is ${now}${why}`);
  }
  if (left.some(({ compensable }) => compensable)) {
    screen.line(
      'Some of what was done outside can be undone: run this again with --compensate, or "aios effects undo ID".',
    );
  }
}
