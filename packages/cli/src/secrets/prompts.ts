import { knownSecrets } from '@aios/server/config';
import { CommandFailure } from '../command-failure.ts';
import { exitCodes } from '../exit-codes.ts';

// Questions at the terminal. They go to standard error, so that standard output carries results alone.

/** Somebody is there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

export async function askName(isSet: (name: string) => boolean): Promise<string> {
  const { autocomplete, isCancel } = await import('@clack/prompts');
  const options = knownSecrets()
    .filter(({ isUsual }) => isUsual)
    .map(({ name, label }) => ({
      value: name,
      label: `${label}  ${name}`,
      ...(isSet(name) && { hint: 'set' }),
    }));
  const answer = await autocomplete({
    message: 'Which key? Type to search.',
    options,
    maxItems: 10,
    output: process.stderr,
  });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

export async function askValue(name: string): Promise<string> {
  const { password, isCancel } = await import('@clack/prompts');
  const validate = (value: string | undefined) =>
    value?.trim() ? undefined : 'Paste the key, or press Ctrl-C.';
  const answer = await password({ message: `Value of ${name}`, validate, output: process.stderr });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

export async function askWhether(question: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  if (isCancel(answer)) throw cancelled();
  return answer;
}

/** Ctrl-C at a question ends the command. */
function cancelled(): CommandFailure {
  return new CommandFailure('Nothing was changed.', exitCodes.interrupted);
}
