import type { ApprovalScope } from '@aios/protocol';
import { type Command, Option } from 'commander';
import type { AnswerOptions, ApprovalsListOptions, EditOptions } from '../commands/approvals.ts';
import type { GrantOptions } from '../commands/grants.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, parseCount } from './parse-option.ts';

/** Written out, for the protocol’s schemas would load zod. */
const scopes = Object.keys({ once: true, run: true, always: true } satisfies Record<ApprovalScope, true>);

function addScope(command: Command): Command {
  return command.addOption(
    new Option(
      '--for <scope>',
      'once: this call; run: until the run is over; always: this agent, for you',
    ).choices(scopes),
  );
}

export const addApprovalCommands: Register = (program, onExitCode) => {
  const approvals = program.command('approvals').description('Answer what agents ask before they do it');
  const load = () => import('../commands/approvals.ts');
  const id = ['<id>', 'as `aios approvals list` shows it'] as const;
  addCommand(approvals, 'list', 'List the calls that wait for you, newest first')
    .option('-a, --all', 'answered ones, too')
    .option('-s, --state <state>', 'those in this state, such as denied; repeatable', collect)
    .option('--pid <number>', 'only those of this process', parseCount)
    .action(async (options: ApprovalsListOptions) => onExitCode(await (await load()).approvalsList(options)));
  addCommand(approvals, 'show', 'Show a call with its exact arguments')
    .argument(...id)
    .action(async (of: string, options: CommonOptions) =>
      onExitCode(await (await load()).approvalsShow(of, options)),
    );
  addScope(addCommand(approvals, 'approve', 'Let a call be made').argument(...id)).action(
    async (of: string, options: AnswerOptions) =>
      onExitCode(await (await load()).approvalsAnswer(of, 'approve', options)),
  );
  addScope(addCommand(approvals, 'deny', 'Refuse a call').argument(...id))
    .option('--comment <text>', 'what the agent is told')
    .action(async (of: string, options: AnswerOptions) =>
      onExitCode(await (await load()).approvalsAnswer(of, 'deny', options)),
    );
  addCommand(approvals, 'edit', 'Let a call be made with other arguments')
    .argument(...id)
    .option('--input <json>', 'the whole input; without it, your editor (EDITOR) opens')
    .action(async (of: string, options: EditOptions) =>
      onExitCode(await (await load()).approvalsEdit(of, options)),
    );
};

export const addGrantCommands: Register = (program, onExitCode) => {
  const grants = program.command('grants').description('Decide what agents may do, once and for all');
  const load = () => import('../commands/grants.ts');
  const agent = ['<agent>', 'name of the agent'] as const;
  addCommand(grants, 'list', 'List what you decided')
    .argument('[agent]', 'only about this agent')
    .action(async (of: string | undefined, options: CommonOptions) =>
      onExitCode(await (await load()).grantsList(of, options)),
    );
  addCommand(grants, 'allow', 'Allow permissions, also for runs to come')
    .argument(...agent)
    .argument(
      '[permissions...]',
      'such as "storage.write:/reports/**"; all that the agent asks for when absent',
    )
    .option('--irreversible', 'do not ask about such calls that cannot be undone, either')
    .action(async (of: string, permissions: string[], options: GrantOptions) =>
      onExitCode(await (await load()).grantsSet(of, permissions, 'allow', options)),
    );
  addCommand(grants, 'deny', 'Prohibit permissions, also for runs to come')
    .argument(...agent)
    .argument('<permissions...>', 'such as "net.connect"')
    .action(async (of: string, permissions: string[], options: CommonOptions) =>
      onExitCode(await (await load()).grantsSet(of, permissions, 'deny', options)),
    );
  addCommand(grants, 'remove', 'Take decisions back')
    .argument(...agent)
    .argument('[permissions...]', 'all when absent')
    .action(async (of: string, permissions: string[], options: CommonOptions) =>
      onExitCode(await (await load()).grantsRemove(of, permissions, options)),
    );
};
