import type { ChatOptions } from '../commands/chat.ts';
import type { ConfigOptions } from '../commands/config.ts';
import type { EnvListOptions, EnvSetOptions } from '../commands/env.ts';
import type { KeyCreateOptions, KeyListOptions } from '../commands/key.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, collectAlias, parseAmount, parseCount } from './parse-option.ts';

export const addModelCommands: Register = (program, onExitCode) => {
  addCommand(program, 'models', 'List the models, what they cost and how they are').action(
    async (options: CommonOptions) =>
      onExitCode(await (await import('../commands/models.ts')).models(options)),
  );
  addCommand(program, 'chat', 'Talk to a model')
    .argument('[text...]', 'what to say; without it, standard input, or a conversation at the terminal')
    .option('-m, --model <name>', 'model to ask (default: that of the kernel)')
    .option('-s, --system <text>', 'what the model is told before the conversation')
    .action(async (text: string[], options: ChatOptions) =>
      onExitCode(await (await import('../commands/chat.ts')).chat(text, options)),
    );
};

export const addConfigCommands: Register = (program, onExitCode) => {
  const config = program.command('config').description('Read and change the configuration');
  const load = () => import('../commands/config.ts');
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

export const addEnvCommands: Register = (program, onExitCode) => {
  const env = program.command('env').description('Read and change the keys of providers');
  const load = () => import('../commands/env.ts');
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

export const addKeyCommands: Register = (program, onExitCode) => {
  const key = program.command('key').description('Make and revoke keys for programs that call the kernel');
  const load = () => import('../commands/key.ts');
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
