import type { CommandDescription } from './describe-commands.ts';

/** A script for fish 3 or newer. */
export function fishScript(commands: readonly CommandDescription[]): string {
  const lines = [
    '# aios completion for fish. Load it with: aios completion fish | source',
    'complete -c aios -f',
    ...commands.flatMap(linesOf),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(command: CommandDescription): string[] {
  const start = `complete -c aios -n ${quote(conditionOf(command))}`;
  return [
    ...command.subcommands.map(
      ({ name, description }) => `${start} -a ${quote(name)} -d ${quote(description)}`,
    ),
    ...(command.choices.length > 0 ? [`${start} -a ${quote(command.choices.join(' '))}`] : []),
    ...command.options.map(({ flags, description, takesValue, choices }) => {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r -F' : '';
      return `${start} ${names.join(' ')}${value} -d ${quote(description)}`;
    }),
  ];
}

/** In the command itself, and not yet in one below it. */
function conditionOf({ path, subcommands }: CommandDescription): string {
  if (path.length === 0) return '__fish_use_subcommand';
  const within = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const names = subcommands.map(({ name }) => name);
  const notBelow = names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(' ')}`] : [];
  return [...within, ...notBelow].join('; and ');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
