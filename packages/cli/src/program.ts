import type { CallClass, EffectOutcome, SignalName } from '@aios/protocol';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import packageDescription from '../package.json' with { type: 'json' };
import type { BudgetOptions } from './commands/budget.ts';
import type { CallCommandOptions } from './commands/call.ts';
import type { ChaosCommandOptions } from './commands/chaos.ts';
import type { ChatOptions } from './commands/chat.ts';
import type { ConfigOptions } from './commands/config.ts';
import type {
  ContextCheckpointOptions,
  ContextForkOptions,
  ConversationOptions,
} from './commands/context.ts';
import type { DemoOptions } from './commands/demo.ts';
import type { EffectsListOptions, EffectsResolveOptions } from './commands/effects.ts';
import type { EnvListOptions, EnvSetOptions } from './commands/env.ts';
import type { KeyCreateOptions, KeyListOptions } from './commands/key.ts';
import type { LogsOptions } from './commands/logs.ts';
import type { PsOptions } from './commands/ps.ts';
import type { RunOptions } from './commands/run.ts';
import type { ScheduleCreateOptions } from './commands/schedule.ts';
import type { SignalOptions } from './commands/signal.ts';
import type { TopOptions } from './commands/top.ts';
import type { TreeOptions } from './commands/tree.ts';
import type { UpOptions } from './commands/up.ts';
import type { CommonOptions } from './common-options.ts';
import type { ExitCode } from './exit-codes.ts';

/** Written out: the protocol’s schemas would load zod, and `--help` must be quick. */
const callClasses = Object.keys({
  interactive: true,
  pipeline: true,
  batch: true,
} satisfies Record<CallClass, true>);

const effectOutcomes = Object.keys({
  committed: true,
  repeat: true,
  failed: true,
} satisfies Record<EffectOutcome, true>);

const signalNames = Object.keys({
  terminate: true,
  kill: true,
  suspend: true,
  resume: true,
  interrupt: true,
} satisfies Record<SignalName, true>);

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
  addContextCommand(program, onExitCode);
  addScheduleCommand(program, onExitCode);
  addModelCommands(program, onExitCode);
  addConfigCommand(program, onExitCode);
  addEnvCommand(program, onExitCode);
  addKeyCommand(program, onExitCode);
  addEffectsCommand(program, onExitCode);
  addOtherCommands(program, onExitCode);
  return program;
}

type Register = (program: Command, onExitCode: (code: ExitCode) => void) => void;

const addKernelCommands: Register = (program, onExitCode) => {
  addCommand(program, 'up', 'Boot the kernel')
    .option('-d, --detach', 'run it in the background; its log goes to kernel.log in the home')
    .option('--port <number>', 'port to listen on (default: the configuration’s, 8000)', parsePort)
    .option('--host <address>', 'address to listen on (default: the configuration’s, 127.0.0.1)')
    .action(async (options: UpOptions) => onExitCode(await (await import('./commands/up.ts')).up(options)));
  addCommand(program, 'down', 'Stop the kernel that runs on the home').action(
    async (options: CommonOptions) => onExitCode(await (await import('./commands/down.ts')).down(options)),
  );
  addCommand(program, 'refresh', 'Have the kernel read its configuration again').action(
    async (options: CommonOptions) =>
      onExitCode(await (await import('./commands/refresh.ts')).refresh(options)),
  );
  addCommand(program, 'status', 'Say how the kernel is').action(async (options: CommonOptions) =>
    onExitCode(await (await import('./commands/status.ts')).status(options)),
  );
  addCommand(program, 'top', 'Watch who holds the slots, who waits, and why')
    .option('--once', 'show it once and end')
    .option('-q, --queue <name>', 'only this queue, such as core:gpt-5-mini')
    .action(async (options: TopOptions) =>
      onExitCode(await (await import('./commands/top.ts')).top(options)),
    );
};

const addProcessCommands: Register = (program, onExitCode) => {
  addCommand(program, 'run', 'Run an agent and show what it does')
    .argument('<agent>', 'name of an installed agent, or path of an agent’s file')
    .option('--input <json>', 'its input')
    .option('--ask <text...>', 'the field "question" of its input')
    .option(
      '--allow <permission>',
      'narrow what it may do to this, such as storage.read:/docs/**; repeatable',
      collect,
    )
    .addOption(new Option('--runtime <kind>', 'where it runs').choices(['inline', 'worker']))
    .option('--durable', 'resume it after a crash of the kernel')
    .addOption(new Option('--class <class>', 'how urgent it is').choices(callClasses))
    .option('--budget-tokens <number>', 'model tokens that it may use', parseCount)
    .option('--budget-calls <number>', 'system calls that it may make', parseCount)
    .option('--budget-usd <amount>', 'US dollars that it may spend on models', parseAmount)
    .option('--budget-seconds <number>', 'wall time after which it is ended', parseCount)
    .option('-d, --detach', 'start it and print its pid')
    .action(async (agent: string, options: RunOptions) =>
      onExitCode(await (await import('./commands/run.ts')).run(agent, options)),
    );
  addCommand(program, 'ps', 'List processes')
    .option('-a, --all', 'the ended ones, too')
    .action(async (options: PsOptions) => onExitCode(await (await import('./commands/ps.ts')).ps(options)));
  addCommand(program, 'tree', 'Show processes below those that started them')
    .option('-a, --all', 'the ended ones, too')
    .action(async (options: TreeOptions) =>
      onExitCode(await (await import('./commands/tree.ts')).tree(options)),
    );
  addCommand(program, 'inspect', 'Show everything that is known of a process, and what it did last')
    .argument('<pid>', 'number of the process', parseCount)
    .action(async (pid: number, options: CommonOptions) =>
      onExitCode(await (await import('./commands/inspect.ts')).inspect(pid, options)),
    );
  addSignalCommands(program, onExitCode);
  addCommand(program, 'quota', 'Show budgets and quotas, and what is used of them').action(
    async (options: CommonOptions) => onExitCode(await (await import('./commands/quota.ts')).quota(options)),
  );
  addCommand(program, 'budget', 'Give a living process a larger or smaller budget')
    .argument('<pid>', 'number of the process', parseCount)
    .option('--tokens <number>', 'model tokens that it may use in all', parseCount)
    .option('--calls <number>', 'system calls that it may make in all', parseCount)
    .option('--usd <amount>', 'US dollars that it may spend in all', parseAmount)
    .option('--seconds <number>', 'wall time after which it is ended', parseCount)
    .action(async (pid: number, options: BudgetOptions) =>
      onExitCode(await (await import('./commands/budget.ts')).budget(pid, options)),
    );
  addCommand(program, 'logs', 'Show what a process did')
    .argument('<pid>', 'number of the process', parseCount)
    .option('-f, --follow', 'go on until it has ended')
    .action(async (pid: number, options: LogsOptions) =>
      onExitCode(await (await import('./commands/logs.ts')).logs(pid, options)),
    );
  addCommand(program, 'kill', 'End a process and its descendants')
    .argument('<pid>', 'number of the process', parseCount)
    .action(async (pid: number, options: CommonOptions) =>
      onExitCode(await (await import('./commands/kill.ts')).kill(pid, options)),
    );
};

const addContextCommand: Register = (program, onExitCode) => {
  const context = program
    .command('context')
    .description('See, restore and fork the conversation of a process');
  const load = () => import('./commands/context.ts');
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

const addSignalCommands: Register = (program, onExitCode) => {
  const load = () => import('./commands/signal.ts');
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

const addScheduleCommand: Register = (program, onExitCode) => {
  const schedule = program.command('schedule').description('Start agents at times to come');
  const load = () => import('./commands/schedule.ts');
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

const addModelCommands: Register = (program, onExitCode) => {
  addCommand(program, 'models', 'List the models, what they cost and how they are').action(
    async (options: CommonOptions) =>
      onExitCode(await (await import('./commands/models.ts')).models(options)),
  );
  addCommand(program, 'chat', 'Talk to a model')
    .argument('[text...]', 'what to say; without it, standard input, or a conversation at the terminal')
    .option('-m, --model <name>', 'model to ask (default: that of the kernel)')
    .option('-s, --system <text>', 'what the model is told before the conversation')
    .action(async (text: string[], options: ChatOptions) =>
      onExitCode(await (await import('./commands/chat.ts')).chat(text, options)),
    );
};

const addConfigCommand: Register = (program, onExitCode) => {
  const config = program.command('config').description('Read and change the configuration');
  const load = () => import('./commands/config.ts');
  addCommand(config, 'get', 'Print a setting; secrets are masked')
    .argument('<key>', 'such as server.port')
    .action(async (key: string, options: ConfigOptions) =>
      onExitCode(await (await load()).configGet(key, options)),
    );
  addCommand(config, 'set', 'Change a setting')
    .argument('<key>', 'such as server.port')
    .argument('<value>', 'JSON, or else text')
    .action(async (key: string, value: string, options: ConfigOptions) =>
      onExitCode(await (await load()).configSet(key, value, options)),
    );
  addCommand(config, 'unset', 'Take a setting out, back to its default')
    .argument('<key>', 'such as server.port')
    .action(async (key: string, options: ConfigOptions) =>
      onExitCode(await (await load()).configUnset(key, options)),
    );
  addCommand(config, 'list', 'Print all settings, defaults included; secrets are masked').action(
    async (options: ConfigOptions) => onExitCode(await (await load()).configList(options)),
  );
  addCommand(config, 'path', 'Print where the configuration file is').action(async (options: ConfigOptions) =>
    onExitCode(await (await load()).configPath(options)),
  );
  addCommand(config, 'check', 'Say whether the configuration file is right').action(
    async (options: ConfigOptions) => onExitCode(await (await load()).configCheck(options)),
  );
};

const addEnvCommand: Register = (program, onExitCode) => {
  const env = program.command('env').description('Read and change the keys of providers');
  const load = () => import('./commands/env.ts');
  addCommand(env, 'list', 'Show which keys are set, masked, and where')
    .option('-a, --all', 'the known ones that are not set, too')
    .action(async (options: EnvListOptions) => onExitCode(await (await load()).envList(options)));
  addCommand(env, 'set', 'Test a key with its provider and store it in the home')
    .argument('[name]', 'such as OPENAI_API_KEY, or a provider; asked for when absent')
    .argument('[value]', 'better left out: it is asked for and does not get into the history of the shell')
    .option('--value-from-stdin', 'read the value from standard input')
    .option('--no-test', 'store it untested')
    .action(async (name: string | undefined, value: string | undefined, options: EnvSetOptions) =>
      onExitCode(await (await load()).envSet(name, value, options)),
    );
  addCommand(env, 'unset', 'Take a key out of the home')
    .argument('<name>', 'such as OPENAI_API_KEY')
    .action(async (name: string, options: CommonOptions) =>
      onExitCode(await (await load()).envUnset(name, options)),
    );
};

const addKeyCommand: Register = (program, onExitCode) => {
  const key = program.command('key').description('Make and revoke keys for programs that call the kernel');
  const load = () => import('./commands/key.ts');
  addCommand(key, 'create', 'Make a key and print its token')
    .argument('<name>', 'tells it from the others')
    .option(
      '--allow <permission>',
      'what it may do (default: ask models, and nothing else); repeatable',
      collect,
    )
    .option('--pid <number>', 'bind it to this process', parseCount)
    .option('--days <number>', 'days until it expires', parseCount)
    .option('--alias <name=model>', 'a name by which its programs ask for a model; repeatable', collectAlias)
    .option('--budget-tokens <number>', 'model tokens that it may use', parseCount)
    .option('--budget-calls <number>', 'system calls that it may make', parseCount)
    .option('--budget-usd <amount>', 'US dollars that it may spend', parseAmount)
    .action(async (name: string, options: KeyCreateOptions) =>
      onExitCode(await (await load()).keyCreate(name, options)),
    );
  addCommand(key, 'list', 'List keys, without their secrets')
    .option('-a, --all', 'revoked and expired ones, too')
    .action(async (options: KeyListOptions) => onExitCode(await (await load()).keyList(options)));
  addCommand(key, 'revoke', 'Make a key useless at once')
    .argument('<id>', 'as `aios key list` shows it')
    .action(async (id: string, options: CommonOptions) =>
      onExitCode(await (await load()).keyRevoke(id, options)),
    );
};

const addEffectsCommand: Register = (program, onExitCode) => {
  const effects = program
    .command('effects')
    .description('Show what durable processes did to the outside world, and settle what is unknown');
  const load = () => import('./commands/effects.ts');
  addCommand(effects, 'list', 'List effects, newest first')
    .option('-s, --state <state>', 'only those in this state, such as unknown; repeatable', collect)
    .option('--pid <number>', 'only those of this process', parseCount)
    .action(async (options: EffectsListOptions) => onExitCode(await (await load()).effectsList(options)));
  addCommand(effects, 'resolve', 'Say what became of an effect whose outcome is unknown')
    .argument('<id>', 'as `aios effects list` shows it')
    .addArgument(
      new Argument(
        '<outcome>',
        'committed: it happened; repeat: it did not, make the call again; failed: it did not, let the call fail',
      ).choices(effectOutcomes),
    )
    .option('--result <json>', 'what the call would have given, where it happened')
    .option('--reason <text>', 'how you know')
    .action(async (id: string, outcome: EffectOutcome, options: EffectsResolveOptions) =>
      onExitCode(await (await load()).effectsResolve(id, outcome, options)),
    );
  addCommand(effects, 'undo', 'Undo an effect by the compensation that its tool offers')
    .argument('<id>', 'as `aios effects list` shows it')
    .action(async (id: string, options: CommonOptions) =>
      onExitCode(await (await load()).effectsUndo(id, options)),
    );
};

const addOtherCommands: Register = (program, onExitCode) => {
  addCommand(program, 'call', 'Make any system call')
    .argument('<name>', 'such as storage.search')
    .argument('[input]', 'its input as JSON, or - to read it from standard input')
    .option('--stream', 'print partial results as they come, a JSON line each')
    .action(async (name: string, input: string | undefined, options: CallCommandOptions) =>
      onExitCode(await (await import('./commands/call.ts')).call(name, input, options)),
    );
  addCommand(program, 'chaos', 'Kill kernels of its own at every boundary, and see what becomes of agents')
    .option('--quick', 'few kills, in which every boundary and every kind of call is')
    .option('--rounds <number>', 'kills in each cell (default: 2)', parseCount)
    .option('--seed <number>', 'of the random plans (default: 1)', parseCount)
    .option('--database <url...>', 'two empty PostgreSQL databases (default: SQLite)')
    .action(async (options: ChaosCommandOptions) =>
      onExitCode(await (await import('./commands/chaos.ts')).chaos(options)),
    );
  addCommand(program, 'demo', 'Boot the kernel and let the researcher answer a question from documents')
    .option('--once', 'end after the job')
    .option('--docs <folder>', 'documents to answer from (default: those of AIOS)')
    .option('--ask <question...>', 'what to ask')
    .option('--crash', 'instead, kill a kernel in the middle of a payment and show that it is made once')
    .action(async ({ crash, ...options }: DemoOptions & { crash?: boolean }) =>
      onExitCode(
        crash
          ? await (await import('./commands/crash-demo.ts')).crashDemo(options)
          : await (await import('./commands/demo.ts')).demo(options),
      ),
    );
  program
    .command('completion')
    .description('Print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') =>
      onExitCode(await (await import('./commands/completion.ts')).completion(shell, program)),
    );
};

function addCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON on standard output, everything else on standard error')
    .option('--home <folder>', 'folder of the installation (default: AIOS_HOME, else ~/.aios)');
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function collectAlias(value: string, earlier: string[] = []): string[] {
  if (/^.+=.+$/.test(value)) return [...earlier, value];
  throw new InvalidArgumentError('It must be NAME=MODEL, such as gpt-4*=qwen3.');
}

function parseAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() !== '' && Number.isFinite(amount) && amount > 0) return amount;
  throw new InvalidArgumentError('It must be an amount above 0.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 up.');
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port: 0 (any free one) to 65535.');
}
