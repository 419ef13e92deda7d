import type { ForkOptions, RevertOptions } from '../commands/history.ts';
import type { UndoOptions } from '../commands/undo.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { parseCount, parsePoint, parseWhole } from './parse-option.ts';

/** What can be done with the past of a durable process. */
export const addHistoryCommands: Register = (program, onExitCode) => {
  const load = () => import('../commands/history.ts');
  addCommand(
    program,
    'replay',
    'Run the code of a durable process against its journal, making no call, and show where it differs',
  )
    .argument('<pid>', 'number of the process', parseCount)
    .action(async (pid: number, options: CommonOptions) =>
      onExitCode(await (await load()).replay(pid, options)),
    );
  addCommand(program, 'fork', 'Start a process that has the past of a durable one and a future of its own')
    .argument('<pid>', 'number of the process', parseCount)
    .option('--at <call>', 'the last of its calls that the new one has (default: all)', parseWhole)
    .action(async (pid: number, options: ForkOptions) => onExitCode(await (await load()).fork(pid, options)));
  addCommand(
    program,
    'undo',
    'Take a durable process back to a checkpoint, with its conversations, files and notes',
  )
    .argument('<pid>', 'number of the process', parseCount)
    .option('--to <checkpoint>', 'as `aios context list` shows it (default: the newest)', parseCount)
    .option('--keep', 'leave files that others have changed since')
    .option('--force', 'overwrite files that others have changed since')
    .option('--compensate', 'undo effects on the outside world whose tools offer it')
    .action(async (pid: number, options: UndoOptions) =>
      onExitCode(await (await import('../commands/undo.ts')).undo(pid, options)),
    );
  addCommand(program, 'revert', 'Take a durable process back to one of its calls, from where it goes on')
    .argument('<pid>', 'number of the process', parseCount)
    .requiredOption('--to <point>', 'the last call that still counts (0: none), or checkpoint:ID', parsePoint)
    .action(async (pid: number, options: RevertOptions) =>
      onExitCode(await (await load()).revert(pid, options)),
    );
};
