import { type Command, Option } from 'commander';
import type { TriggerCreateOptions } from '../commands/triggers.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, parseCount, restartOption } from './parse-option.ts';

export const addTriggerCommands: Register = (program, onExitCode) => {
  const triggers = program.command('triggers').description('Start agents when something happens');
  const load = () => import('../commands/triggers.ts');
  addCreateOptions(
    addCommand(triggers, 'create', 'Make a trigger: --webhook, --file, --message, --exit-of').argument(
      '<agent>',
      'name of an installed agent, or absolute path of an agent’s file',
    ),
  ).action(async (agent: string, options: TriggerCreateOptions) =>
    onExitCode(await (await load()).triggerCreate(agent, options)),
  );
  addCommand(triggers, 'list', 'List triggers').action(async (options: CommonOptions) =>
    onExitCode(await (await load()).triggerList(options)),
  );
  addCommand(triggers, 'delete', 'Remove a trigger; what it has started goes on')
    .argument('<id>', 'as `aios triggers list` shows it', parseCount)
    .action(async (id: number, options: CommonOptions) =>
      onExitCode(await (await load()).triggerDelete(id, options)),
    );
};

function addCreateOptions(command: Command): Command {
  return command
    .option('--webhook <variable>', 'a webhook, signed with the secret in this variable (aios env set)')
    .option('--file <pattern>', 'a file is created, changed or deleted, such as "/inbox/**"')
    .option('--debounce <milliseconds>', 'with --file: how long files must have been left alone', parseCount)
    .option('--message', 'mail for the agent comes while no process of it lives')
    .option('--exit-of <agent>', 'a process of this agent, or of this pid, ends')
    .option('--exits <exit>', 'with --exit-of: the ends that count, such as failed; repeatable', collect)
    .addOption(
      new Option('--deliver <how>', 'start the agent, or send it a message').choices(['start', 'message']),
    )
    .option('--input <json>', 'the input of the agent; what has happened is its field "event"')
    .option('--allow <permission>', 'narrow what it may do; repeatable', collect)
    .option('--durable', 'resume each process after a crash of the kernel')
    .addOption(restartOption())
    .option('--max-per-minute <number>', 'more than that wait (default: 60)', parseCount);
}
