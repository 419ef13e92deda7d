import { Command } from 'commander';
import packageDescription from '../../package.json' with { type: 'json' };
import type { ExitCode } from '../exit-codes.ts';
import { addApprovalCommands, addGrantCommands } from './access-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addContextCommands } from './context-commands.ts';
import { addEffectCommands } from './effect-commands.ts';
import { addHistoryCommands } from './history-commands.ts';
import { addKernelCommands, addOtherCommands } from './kernel-commands.ts';
import { addProcessCommands } from './process-commands.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { addConfigCommands, addEnvCommands, addKeyCommands, addModelCommands } from './settings-commands.ts';
import { addTriggerCommands } from './trigger-commands.ts';

const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 wrong input (command line or configuration), 3 no kernel reachable, 4 refused, 130 Ctrl-C.
AIOS_HOME names the folder of the installation (default ~/.aios); AIOS_URL and AIOS_TOKEN, a kernel elsewhere.`;

/**
 * The commands, their options and help. Each action loads its command only when it is called. `onExitCode` gets what the
 * command ended with.
 */
export function createProgram(onExitCode: (code: ExitCode) => void): Command {
  const program = new Command('aios')
    .description('An operating system for AI agents')
    .version(packageDescription.version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'aios:')) })
    .showHelpAfterError('Run the command with --help to see what it takes.')
    .addHelpText('after', exitCodeHelp);
  addKernelCommands(program, onExitCode);
  addProcessCommands(program, onExitCode);
  addHistoryCommands(program, onExitCode);
  addContextCommands(program, onExitCode);
  addScheduleCommands(program, onExitCode);
  addTriggerCommands(program, onExitCode);
  addModelCommands(program, onExitCode);
  addConfigCommands(program, onExitCode);
  addEnvCommands(program, onExitCode);
  addKeyCommands(program, onExitCode);
  addApprovalCommands(program, onExitCode);
  addGrantCommands(program, onExitCode);
  addEffectCommands(program, onExitCode);
  addAuditCommands(program, onExitCode);
  addOtherCommands(program, onExitCode);
  return program;
}
