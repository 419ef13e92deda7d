import type { CallClass, RuntimeName, SignalName } from '@aios/protocol';
import { Argument, Option } from 'commander';
import type { BudgetOptions } from '../commands/budget.ts';
import type { LogsOptions } from '../commands/logs.ts';
import type { PsOptions } from '../commands/ps.ts';
import type { RunOptions } from '../commands/run.ts';
import type { ServeOptions } from '../commands/serve.ts';
import type { SignalOptions } from '../commands/signal.ts';
import type { TreeOptions } from '../commands/tree.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, parseAmount, parseCount, restartOption } from './parse-option.ts';

/** Written out: the protocol’s schemas would load zod, and `--help` must be quick. */
const callClasses = Object.keys({
  interactive: true,
  pipeline: true,
  batch: true,
} satisfies Record<CallClass, true>);

const runtimeNames = Object.keys({
  inline: true,
  worker: true,
  process: true,
  python: true,
  remote: true,
  sandbox: true,
} satisfies Record<RuntimeName, true>);

const signalNames = Object.keys({
  terminate: true,
  kill: true,
  suspend: true,
  resume: true,
  interrupt: true,
} satisfies Record<SignalName, true>);

export const addProcessCommands: Register = (program, onExitCode) => {
  addCommand(program, 'run', 'Run an agent and show what it does')
    .argument('<agent>', 'name of an installed agent, or path of an agent’s file')
    .option('--input <json>', 'its input')
    .option('--ask <text...>', 'the field "question" of its input')
    .option(
      '--allow <permission>',
      'narrow what it may do to this, such as storage.read:/docs/**; repeatable',
      collect,
    )
    .addOption(new Option('--runtime <kind>', 'where it runs').choices(runtimeNames))
    .option('--durable', 'resume it after a crash of the kernel')
    .addOption(restartOption())
    .addOption(new Option('--class <class>', 'how urgent it is').choices(callClasses))
    .option('--budget-tokens <number>', 'model tokens that it may use', parseCount)
    .option('--budget-calls <number>', 'system calls that it may make', parseCount)
    .option('--budget-usd <amount>', 'US dollars that it may spend on models', parseAmount)
    .option('--budget-seconds <number>', 'wall time after which it is ended', parseCount)
    .option('-d, --detach', 'start it and print its pid')
    .action(async (agent: string, options: RunOptions) =>
      onExitCode(await (await import('../commands/run.ts')).run(agent, options)),
    );
  addCommand(program, 'serve', 'Run agents in this program for a kernel that may be anywhere')
    .argument('<file...>', 'files of agents')
    .option('--max-processes <number>', 'processes that run here at the same time (default: 10)', parseCount)
    .action(async (files: string[], options: ServeOptions) =>
      onExitCode(await (await import('../commands/serve.ts')).serve(files, options)),
    );
  addCommand(program, 'ps', 'List processes')
    .option('-a, --all', 'the ended ones, too')
    .action(async (options: PsOptions) => onExitCode(await (await import('../commands/ps.ts')).ps(options)));
  addCommand(program, 'tree', 'Show processes below those that started them')
    .option('-a, --all', 'the ended ones, too')
    .action(async (options: TreeOptions) =>
      onExitCode(await (await import('../commands/tree.ts')).tree(options)),
    );
  addCommand(program, 'inspect', 'Show everything that is known of a process, and what it did last')
    .argument('<pid>', 'number of the process', parseCount)
    .action(async (pid: number, options: CommonOptions) =>
      onExitCode(await (await import('../commands/inspect.ts')).inspect(pid, options)),
    );
  addSignalCommands(program, onExitCode);
  addCommand(program, 'quota', 'Show budgets and quotas, and what is used of them').action(
    async (options: CommonOptions) => onExitCode(await (await import('../commands/quota.ts')).quota(options)),
  );
  addCommand(program, 'budget', 'Give a living process a larger or smaller budget')
    .argument('<pid>', 'number of the process', parseCount)
    .option('--tokens <number>', 'model tokens that it may use in all', parseCount)
    .option('--calls <number>', 'system calls that it may make in all', parseCount)
    .option('--usd <amount>', 'US dollars that it may spend in all', parseAmount)
    .option('--seconds <number>', 'wall time after which it is ended', parseCount)
    .action(async (pid: number, options: BudgetOptions) =>
      onExitCode(await (await import('../commands/budget.ts')).budget(pid, options)),
    );
  addCommand(program, 'logs', 'Show what a process did')
    .argument('<pid>', 'number of the process', parseCount)
    .option('-f, --follow', 'go on until it has ended')
    .action(async (pid: number, options: LogsOptions) =>
      onExitCode(await (await import('../commands/logs.ts')).logs(pid, options)),
    );
  addCommand(program, 'kill', 'End a process and its descendants')
    .argument('<pid>', 'number of the process', parseCount)
    .action(async (pid: number, options: CommonOptions) =>
      onExitCode(await (await import('../commands/kill.ts')).kill(pid, options)),
    );
};

const addSignalCommands: Register = (program, onExitCode) => {
  const load = () => import('../commands/signal.ts');
  addCommand(program, 'signal', 'Send a signal to a process')
    .argument('<pid>', 'number of the process', parseCount)
    .addArgument(new Argument('<signal>', 'what to tell it').choices(signalNames))
    .option('-m, --message <text>', 'what the agent is told, as JSON or text; the reason with other signals')
    .addOption(
      new Option(
        '--scope <scope>',
        'whom it reaches (default: its descendants, too; with interrupt the process alone)',
      ).choices(['process', 'tree', 'group']),
    )
    .option('--grace <seconds>', 'with terminate: how long until it is killed (default: 5)', parseCount)
    .action(async (pid: number, name: SignalName, options: SignalOptions) =>
      onExitCode(await (await load()).signal(pid, name, options)),
    );
  for (const [name, description] of [
    ['suspend', 'Let a process and its descendants make no further calls until they are resumed'],
    ['resume', 'Let a suspended process and its descendants go on'],
  ] as const) {
    addCommand(program, name, description)
      .argument('<pid>', 'number of the process', parseCount)
      .action(async (pid: number, options: CommonOptions) =>
        onExitCode(await (await load()).signal(pid, name, options)),
      );
  }
};
