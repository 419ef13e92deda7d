import { mkdir } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { checkKey, type KeyCheck, type ListedSecret, listSecrets, maskSecret } from '@aios/server/config';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openStore, type SecretStore } from '../secrets/open-store.ts';
import { askName, askValue, askWhether, canAsk } from '../secrets/prompts.ts';
import { parseSecretName, remarkOnUnknown, type SecretName } from '../secrets/secret-name.ts';
import { type KernelAnswer, tellKernel } from '../secrets/tell-kernel.ts';
import { createOutput, type Output } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export interface EnvListOptions extends CommonOptions {
  all?: boolean;
}

export interface EnvSetOptions extends CommonOptions {
  valueFromStdin?: boolean;
  /** `--no-test` makes it false. */
  test?: boolean;
}

export async function envList(options: EnvListOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const listed = await list(await openStore(options, output));
  const rows = options.all ? listed : listed.filter(({ source }) => source !== undefined);
  output.result(rows, (screen) => {
    if (rows.length === 0) screen.line('No key is set. Set one with: aios env set');
    else showTable(rows, screen);
  });
  return exitCodes.ok;
}

export async function envSet(
  wanted: string | undefined,
  argument: string | undefined,
  options: EnvSetOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  const store = await openStore(options, output);
  const secret = parseSecretName(wanted ?? (await chooseName(store)));
  const value = await readValue(secret.name, argument, options, output);
  remarkOnUnknown(secret, output);
  const check = options.test === false ? undefined : await testKey(secret, value, store, output);
  if (check?.outcome === 'refused') await confirmRefused(secret.name, check, options);
  await mkdir(store.home, { recursive: true, mode: 0o700 });
  await store.file.set(secret.name, value);
  const answer = await tellKernel(store.home);
  const verdict = (await list(store)).find(({ name, source }) => name === secret.name && source === '.env');
  output.result(
    { name: secret.name, masked: maskSecret(value), stored: true, check, ...answer },
    (screen) => {
      screen.line(`${secret.name} is stored in ${store.file.path}.`);
      if (secret.known !== undefined && verdict?.remark !== undefined) {
        screen.line(screen.paint('warning', `It is not used: ${verdict.remark}.`));
      }
      showAnswer(answer, screen);
    },
  );
  return answer.kernel === 'refused' ? exitCodes.failed : exitCodes.ok;
}

export async function envUnset(wanted: string, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const store = await openStore(options, output);
  const { name } = parseSecretName(wanted);
  const removed = await store.file.unset(name);
  const answer: KernelAnswer = removed ? await tellKernel(store.home) : { kernel: 'none' };
  const elsewhere = (await list(store)).find((row) => row.name === name && row.source !== undefined);
  output.result({ name, removed, ...answer }, (screen) => {
    screen.line(removed ? `${name} is out of ${store.file.path}.` : `${name} was not in ${store.file.path}.`);
    if (elsewhere !== undefined) screen.line(`It is still set in the ${elsewhere.source} of this shell.`);
    if (removed) showAnswer(answer, screen);
  });
  return answer.kernel === 'refused' ? exitCodes.failed : exitCodes.ok;
}

async function list({ file, config }: SecretStore): Promise<ListedSecret[]> {
  return listSecrets({ config, environment: process.env, secrets: await file.read() });
}

async function chooseName(store: SecretStore): Promise<string> {
  if (!canAsk()) {
    throw new CommandFailure('Name the variable, such as: aios env set OPENAI_API_KEY', exitCodes.usage);
  }
  const set = new Set(
    (await list(store)).flatMap(({ name, source }) => (source === undefined ? [] : [name])),
  );
  return await askName((name) => set.has(name));
}

async function readValue(
  name: string,
  argument: string | undefined,
  options: EnvSetOptions,
  { aside }: Output,
): Promise<string> {
  if (argument !== undefined) {
    const advice = 'The value now stands in the history of your shell. Leave it out to be asked for it.';
    aside.line(aside.paint('warning', advice));
  }
  const value = (argument ?? (await readSecret(name, options))).trim();
  if (value !== '') return value;
  throw new CommandFailure(
    `The value of ${name} is empty. To remove it: aios env unset ${name}`,
    exitCodes.usage,
  );
}

async function readSecret(name: string, options: EnvSetOptions): Promise<string> {
  if (options.valueFromStdin) return await readAll(process.stdin);
  if (canAsk()) return await askValue(name);
  throw new CommandFailure(
    `There is no terminal to ask for the value. Pipe it: echo "$KEY" | aios env set ${name} --value-from-stdin`,
    exitCodes.usage,
  );
}

async function testKey(
  { known }: SecretName,
  value: string,
  { config }: SecretStore,
  { aside }: Output,
): Promise<KeyCheck | undefined> {
  if (known?.provider === undefined) return undefined;
  aside.live(`Asking ${known.label} …`);
  const check = await checkKey(known.name, value, config);
  aside.live('');
  const style = { accepted: 'good', refused: 'bad', untested: 'warning' } as const;
  const words = {
    accepted: 'The key works',
    refused: 'The key is refused',
    untested: 'The key was not tested',
  };
  aside.prose(`${words[check.outcome]}: ${check.message}`, style[check.outcome]);
  return check;
}

async function confirmRefused(name: string, check: KeyCheck, { json = false }: EnvSetOptions): Promise<void> {
  if (canAsk() && !json) {
    if (await askWhether('Store it all the same?')) return;
    throw new CommandFailure(`${name} is not stored.`, exitCodes.failed);
  }
  throw new CommandFailure(
    `${name} is not stored: ${check.message}\nWith --no-test it is stored untested.`,
    exitCodes.failed,
  );
}

function showAnswer(answer: KernelAnswer, screen: Screen): void {
  if (answer.kernel === 'none') {
    screen.line('No kernel runs on this home; the next one reads it.');
  } else if (answer.kernel === 'refused') {
    screen.line(screen.paint('bad', `The kernel at ${answer.url} did not take it over:`));
    screen.text(answer.reason);
  } else if (answer.restartNeeded.length > 0) {
    screen.line(`The kernel at ${answer.url} needs a restart for: ${answer.restartNeeded.join(', ')}.`);
  } else {
    screen.line(`The kernel at ${answer.url} has read it; calls from now on use it.`);
  }
}

function showTable(rows: readonly ListedSecret[], screen: Screen): void {
  const [titles = '', ...lines] = renderTable(columns, rows, screen.width);
  screen.line(screen.paint('heading', titles));
  lines.forEach((line, index) => {
    screen.line(rows[index]?.isUsed ? line : screen.paint('faint', line));
  });
}

const columns: Column<ListedSecret>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VALUE', value: ({ masked }) => masked ?? '-' },
  { title: 'FROM', value: ({ source }) => source ?? 'not set' },
  { title: 'PROVIDER', value: ({ provider }) => provider ?? '-' },
  {
    title: 'IN USE',
    value: ({ isUsed, remark, source }) => useOf(isUsed, source !== undefined, remark),
    flexible: true,
  },
];

function useOf(isUsed: boolean, isSet: boolean, remark: string | undefined): string {
  if (!isSet) return '';
  return isUsed ? 'yes' : `no: ${remark ?? ''}`;
}
