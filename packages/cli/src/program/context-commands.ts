import type {
  ContextCheckpointOptions,
  ContextForkOptions,
  ConversationOptions,
} from '../commands/context.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { parseCount } from './parse-option.ts';

export const addContextCommands: Register = (program, onExitCode) => {
  const context = program
    .command('context')
    .description('See, restore and fork the conversation of a process');
  const load = () => import('../commands/context.ts');
  const add = (name: string, description: string) =>
    addCommand(context, name, description).argument('<pid>', 'number of the process', parseCount);
  const anywhere = '-c, --conversation <name>';
  add('list', 'List its conversations and checkpoints').action(async (pid: number, options: CommonOptions) =>
    onExitCode(await (await load()).contextList(pid, options)),
  );
  add('show', 'Print a conversation')
    .option(anywhere, 'which one (default: main)')
    .action(async (pid: number, options: ConversationOptions) =>
      onExitCode(await (await load()).contextShow(pid, options)),
    );
  add('checkpoint', 'Mark where a conversation is, to come back to')
    .option(anywhere, 'which one (default: main)')
    .option('--label <text>', 'what it is; a checkpoint with a label is kept until it is deleted')
    .action(async (pid: number, options: ContextCheckpointOptions) =>
      onExitCode(await (await load()).contextCheckpoint(pid, options)),
    );
  add('diff', 'Show what changed since a checkpoint')
    .argument('[from]', 'number or label of a checkpoint (default: the newest)')
    .argument('[to]', 'another one (default: what the conversation holds now)')
    .action(async (pid: number, from: string | undefined, to: string | undefined, options: CommonOptions) =>
      onExitCode(await (await load()).contextDiff(pid, from, to, options)),
    );
  add('restore', 'Take a conversation back to a checkpoint')
    .argument('[checkpoint]', 'its number or label (default: the newest)')
    .action(async (pid: number, checkpoint: string | undefined, options: CommonOptions) =>
      onExitCode(await (await load()).contextRestore(pid, checkpoint, options)),
    );
  add('fork', 'Start a new process that goes on from a conversation')
    .option(anywhere, 'which one (default: main)')
    .option('--from <checkpoint>', 'number or label of the checkpoint where it forks (default: its end)')
    .option('--as <name>', 'fork it into another conversation of the same process instead')
    .option('--agent <name>', 'agent of the new process (default: the same)')
    .option('--input <json>', 'its input (default: the same)')
    .action(async (pid: number, options: ContextForkOptions) =>
      onExitCode(await (await load()).contextFork(pid, options)),
    );
};
