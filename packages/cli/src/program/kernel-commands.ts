import { Argument } from 'commander';
import type { CallCommandOptions } from '../commands/call.ts';
import type { ChaosCommandOptions } from '../commands/chaos.ts';
import type { DemoOptions } from '../commands/demo.ts';
import type { DownOptions } from '../commands/down.ts';
import type { TopOptions } from '../commands/top.ts';
import type { UpOptions } from '../commands/up.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { parseCount, parsePort } from './parse-option.ts';

export const addKernelCommands: Register = (program, onExitCode) => {
  addCommand(program, 'up', 'Boot the kernel')
    .option('-d, --detach', 'run it in the background; its log goes to kernel.log in the home')
    .option('--port <number>', 'port to listen on (default: the configuration’s, 8000)', parsePort)
    .option('--host <address>', 'address to listen on (default: the configuration’s, 127.0.0.1)')
    .action(async (options: UpOptions) => onExitCode(await (await import('../commands/up.ts')).up(options)));
  addCommand(program, 'down', 'Stop the kernel that runs on the home')
    .option(
      '--drain [seconds]',
      'first let processes come to rest, for 60 seconds or so many: durable ones at their next call, others at their end',
      parseCount,
    )
    .action(async (options: DownOptions) =>
      onExitCode(await (await import('../commands/down.ts')).down(options)),
    );
  addCommand(program, 'refresh', 'Have the kernel read its configuration again').action(
    async (options: CommonOptions) =>
      onExitCode(await (await import('../commands/refresh.ts')).refresh(options)),
  );
  addCommand(program, 'status', 'Say how the kernel is').action(async (options: CommonOptions) =>
    onExitCode(await (await import('../commands/status.ts')).status(options)),
  );
  addCommand(program, 'top', 'Watch who holds the slots, who waits, and why')
    .option('--once', 'show it once and end')
    .option('-q, --queue <name>', 'only this queue, such as core:gpt-5-mini')
    .action(async (options: TopOptions) =>
      onExitCode(await (await import('../commands/top.ts')).top(options)),
    );
};

export const addOtherCommands: Register = (program, onExitCode) => {
  addCommand(program, 'call', 'Make any system call')
    .argument('<name>', 'such as storage.search')
    .argument('[input]', 'its input as JSON, or - to read it from standard input')
    .option('--stream', 'print partial results as they come, a JSON line each')
    .action(async (name: string, input: string | undefined, options: CallCommandOptions) =>
      onExitCode(await (await import('../commands/call.ts')).call(name, input, options)),
    );
  addCommand(program, 'chaos', 'Kill kernels of its own at every boundary, and see what becomes of agents')
    .option('--quick', 'few kills, in which every boundary and every kind of call is')
    .option('--rounds <number>', 'kills in each cell (default: 2)', parseCount)
    .option('--seed <number>', 'of the random plans (default: 1)', parseCount)
    .option('--database <url...>', 'two empty PostgreSQL databases (default: SQLite)')
    .action(async (options: ChaosCommandOptions) =>
      onExitCode(await (await import('../commands/chaos.ts')).chaos(options)),
    );
  addCommand(program, 'demo', 'Boot the kernel and let the researcher answer a question from documents')
    .option('--once', 'end after the job')
    .option('--docs <folder>', 'documents to answer from (default: those of AIOS)')
    .option('--ask <question...>', 'what to ask')
    .option('--crash', 'instead, kill a kernel in the middle of a payment and show that it is made once')
    .action(async ({ crash, ...options }: DemoOptions & { crash?: boolean }) =>
      onExitCode(
        crash
          ? await (await import('../commands/crash-demo.ts')).crashDemo(options)
          : await (await import('../commands/demo.ts')).demo(options),
      ),
    );
  program
    .command('completion')
    .description('Print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') =>
      onExitCode(await (await import('../commands/completion.ts')).completion(shell, program)),
    );
};
