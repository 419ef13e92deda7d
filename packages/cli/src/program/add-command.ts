import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';

/** Adds commands to a program. `onExitCode` gets what a command ended with. */
export type Register = (program: Command, onExitCode: (code: ExitCode) => void) => void;

/** A command with the options that all have. */
export function addCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON on standard output, everything else on standard error')
    .option('--home <folder>', 'folder of the installation (default: AIOS_HOME, else ~/.aios)');
}
