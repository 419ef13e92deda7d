import { Option } from 'commander';
import type { ScheduleCreateOptions } from '../commands/schedule.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, parseCount, restartOption } from './parse-option.ts';

export const addScheduleCommands: Register = (program, onExitCode) => {
  const schedule = program.command('schedule').description('Start agents at times to come');
  const load = () => import('../commands/schedule.ts');
  addCommand(schedule, 'create', 'Make a schedule: --cron, --every or --at')
    .argument('<agent>', 'name of an installed agent, or absolute path of an agent’s file')
    .option('--cron <pattern>', 'such as "0 9 * * 1-5": minute, hour, day, month, weekday')
    .option('--timezone <name>', 'that the pattern is read in, such as Europe/Berlin (default: UTC)')
    .option('--every <seconds>', 'again and again', parseCount)
    .option('--at <time>', 'once, such as 2030-01-01T09:00:00Z')
    .addOption(
      new Option('--missed <policy>', 'what becomes of runs that no kernel was there for').choices([
        'skip',
        'once',
        'all',
      ]),
    )
    .option('--input <json>', 'the input of the agent')
    .option('--allow <permission>', 'narrow what it may do; repeatable', collect)
    .option('--durable', 'resume each run after a crash of the kernel')
    .addOption(restartOption())
    .action(async (agent: string, options: ScheduleCreateOptions) =>
      onExitCode(await (await load()).scheduleCreate(agent, options)),
    );
  addCommand(schedule, 'list', 'List schedules, the next one first').action(async (options: CommonOptions) =>
    onExitCode(await (await load()).scheduleList(options)),
  );
  addCommand(schedule, 'delete', 'End a schedule; what it has started goes on')
    .argument('<id>', 'as `aios schedule list` shows it', parseCount)
    .action(async (id: number, options: CommonOptions) =>
      onExitCode(await (await load()).scheduleDelete(id, options)),
    );
};
