import type { Command } from 'commander';

export interface OptionDescription {
  /** `-f`, `--follow` */
  flags: string[];
  description: string;
  takesValue: boolean;
  choices: string[];
}

export interface CommandDescription {
  /** Words after `aios`, such as `['config', 'get']`; empty for aios itself. */
  path: string[];
  description: string;
  options: OptionDescription[];
  takesArguments: boolean;
  /** What the first argument can be, where that is known. */
  choices: string[];
  subcommands: { name: string; description: string }[];
}

/** All that a completion script needs of a command and those below it, a flat list. `choices` adds values by command. */
export function describeCommands(
  command: Command,
  choices: Readonly<Record<string, readonly string[]>> = {},
  path: string[] = [],
): CommandDescription[] {
  const own = command.registeredArguments[0]?.argChoices ?? choices[path.join(' ')] ?? [];
  const description: CommandDescription = {
    path,
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(describeOption),
    takesArguments: command.registeredArguments.length > 0,
    choices: [...own],
    subcommands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
  };
  return [
    description,
    ...command.commands.flatMap((child) => describeCommands(child, choices, [...path, child.name()])),
  ];
}

function describeOption(option: ReturnType<ReturnType<Command['createHelp']>['visibleOptions']>[number]) {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}
