import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { runtimeName } from '@aios/protocol';
import { realComponent } from '@aios/testing/real-component';
import { expect, test } from 'vitest';
import { createProgram } from '../program/index.ts';
import { bashScript } from './bash.ts';
import { describeCommands } from './describe-commands.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

const commands = describeCommands(
  createProgram(() => undefined),
  { call: ['llm.chat', 'storage.read'] },
);

const [bash, zsh, fish] = ['bash', 'zsh', 'fish'] as const;

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', ':']);
    return true;
  } catch {
    return realComponent(shell, undefined, `Install the package ${shell}.`) !== undefined;
  }
}

/** What bash offers for a command line; its last word is the one that is being written. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const script = `${bashScript(commands)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_aios
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return await run(bash, ['--norc'], script);
}

/** The lines that a script prints. */
async function run(shell: string, options: string[], script: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(shell, [...options, '-c', script]);
  return stdout.split('\n').filter(Boolean);
}

test.skipIf(!isInstalled(bash))('bash offers commands, options, choices', async () => {
  expect(await bashOffers('aios', 'st')).toEqual(['status']);
  expect(await bashOffers('aios', 'config', '')).toEqual(expect.arrayContaining(['get', 'set', 'check']));
  expect(await bashOffers('aios', 'config', 'get', '--j')).toEqual(['--json']);
  expect(await bashOffers('aios', 'run', 'researcher', '--budget-')).toEqual([
    '--budget-tokens',
    '--budget-calls',
    '--budget-usd',
    '--budget-seconds',
  ]);
  expect(await bashOffers('aios', 'run', 'x', '--runtime', '')).toEqual(runtimeName.options);
  expect(await bashOffers('aios', 'up', '--home', '')).toEqual([]);
  expect(await bashOffers('aios', 'call', 'storage.')).toEqual(['storage.read']);
  expect(await bashOffers('aios', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});

test.skipIf(!isInstalled(fish))('fish offers commands, options, choices', async () => {
  const offers = (line: string) =>
    run(fish, ['--no-config'], `${fishScript(commands)}\ncomplete -C '${line}'`);
  expect(await offers('aios st')).toEqual(['status\tSay how the kernel is']);
  expect((await offers('aios config ')).map((offer) => offer.split('\t')[0])).toContain('check');
  expect(await offers('aios config get --js')).toEqual([expect.stringMatching(/^--json\t/)]);
  expect((await offers('aios run x --runtime ')).map((offer) => offer.split('\t')[0])).toEqual(
    [...runtimeName.options].sort(),
  );
  expect(await offers('aios call storage.')).toEqual(['storage.read']);
});

test.skipIf(!isInstalled(zsh))(
  'zsh takes the script and knows aios then, with a function for each command',
  async () => {
    const check = 'print -r -- $_comps[aios]; whence -w _aios_config_get _aios_run';
    const load = `autoload -U compinit; compinit -u -D\n${zshScript(commands)}\n${check}`;
    expect(await run(zsh, ['-f'], load)).toEqual([
      '_aios',
      '_aios_config_get: function',
      '_aios_run: function',
    ]);
  },
);

test('each script names every command and option', () => {
  for (const script of [bashScript(commands), zshScript(commands), fishScript(commands)]) {
    for (const { path, options } of commands) {
      expect(script).toContain(path.at(-1) ?? 'aios');
      for (const { flags } of options) expect(script).toContain(flags.at(-1)?.replace(/^--?/, ''));
    }
  }
});
