import type { CommandDescription, OptionDescription } from './describe-commands.ts';

/** A script for zsh’s compsys. */
export function zshScript(commands: readonly CommandDescription[]): string {
  return `#compdef aios
# aios completion for zsh. Load it with: source <(aios completion zsh)
${commands.map(functionOf).join('\n')}
if [ "$funcstack[1]" = "_aios" ]; then
  _aios "$@"
else
  compdef _aios aios
fi
`;
}

function functionOf(command: CommandDescription): string {
  const options = command.options.map(optionSpecification);
  const name = ['_aios', ...command.path].join('_');
  if (command.subcommands.length === 0) {
    const choices = command.choices.length > 0 ? `(${command.choices.map(escapeText).join(' ')})` : '_files';
    const specifications = command.takesArguments ? [...options, quote(`*: :${choices}`)] : options;
    return block(name, [`  _arguments ${specifications.join(' \\\n    ')}`]);
  }
  const described = command.subcommands.map((child) => quote(`${child.name}:${child.description}`));
  const cases = command.subcommands.map((child) => `        ${child.name}) ${name}_${child.name} ;;`);
  return block(name, [
    '  local context state state_descr line',
    '  typeset -A opt_args',
    `  _arguments -C ${[...options, quote('1: :->command'), quote('*:: :->rest')].join(' \\\n    ')}`,
    '  case $state in',
    `    command) local -a commands=(${described.join(' ')}); _describe command commands ;;`,
    '    rest)',
    '      case $line[1] in',
    ...cases,
    '      esac ;;',
    '  esac',
  ]);
}

function block(name: string, lines: readonly string[]): string {
  return [`${name}() {`, ...lines, '}'].join('\n');
}

function optionSpecification({ flags, description, takesValue, choices }: OptionDescription): string {
  const text = `[${escapeText(description)}]`;
  const values = choices.length > 0 ? `(${choices.join(' ')})` : '_files';
  const value = takesValue ? `: :${values}` : '';
  const [only = '', long] = flags;
  if (long === undefined) return quote(`${only}${text}${value}`);
  return `${quote(`(${flags.join(' ')})`)}{${flags.join(',')}}${quote(`${text}${value}`)}`;
}

/** Characters that mean something inside a specification of `_arguments`. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
