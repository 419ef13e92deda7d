import type { CommandDescription } from './describe-commands.ts';

/** A script for bash 4 or newer, with or without the package bash-completion. */
export function bashScript(commands: readonly CommandDescription[]): string {
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(' ')}"`);
  return `# aios completion for bash. Load it with: source <(aios completion bash)
_aios() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in
      ${paths.join('|')}) command="\${command:+$command }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(wordCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _aios aios
`;
}

/** After an option that takes a value: its choices, or else files. */
function valueCases({ path, options }: CommandDescription): string[] {
  return options
    .filter((option) => option.takesValue)
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `"${path.join(' ')} ${flag}"`).join('|');
      const reply =
        choices.length > 0 ? `COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); ` : '';
      return `    ${patterns}) ${reply}return ;;`;
    });
}

function wordCase({ path, options, choices, subcommands }: CommandDescription): string {
  const words = [
    ...subcommands.map(({ name }) => name),
    ...choices,
    ...options.flatMap(({ flags }) => flags),
  ];
  return `    "${path.join(' ')}") words="${words.join(' ')}" ;;`;
}
