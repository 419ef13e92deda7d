import { type KnownSecret, knownSecrets, nearestNames } from '@aios/server/config';
import { CommandFailure } from '../command-failure.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../terminal/output.ts';

/** A variable to set or to remove, and what is known of it. */
export interface SecretName {
  readonly name: string;
  readonly known?: KnownSecret;
}

/** Takes the name of a variable, or that of a provider for its usual variable. */
export function parseSecretName(text: string): SecretName {
  const known = knownSecrets();
  const meant =
    known.find(({ name }) => name === text) ??
    known.find(({ provider, isUsual }) => isUsual && provider === text.toLowerCase());
  if (meant !== undefined) return { name: meant.name, known: meant };
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return { name: text };
  throw new CommandFailure(
    'The name of a variable consists of letters, digits and "_", such as OPENAI_API_KEY. The value comes after it.',
    exitCodes.usage,
  );
}

/** Says so when nothing reads a variable, since most such names are slips. */
export function remarkOnUnknown({ name, known }: SecretName, { aside }: Output): void {
  if (known !== undefined || name === 'AIOS_MODEL') return;
  const [meant] = nearestNames(
    name,
    knownSecrets().map((secret) => secret.name),
  );
  const hint = meant === undefined ? 'See: aios env list --all' : `Did you mean ${meant}?`;
  aside.line(aside.paint('warning', `Nothing in AIOS reads ${name}. ${hint}`));
}
