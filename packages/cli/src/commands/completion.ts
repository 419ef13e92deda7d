import { syscallNames } from '@aios/protocol';
import { knownSecrets } from '@aios/server/config';
import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { describeCommands } from '../completion/describe-commands.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export async function completion(shell: keyof typeof scripts, program: Command): Promise<ExitCode> {
  const secrets = knownSecrets().map(({ name }) => name);
  const choices = { call: syscallNames, 'env set': secrets, 'env unset': secrets };
  const commands = describeCommands(program, choices);
  process.stdout.write(scripts[shell](commands));
  return exitCodes.ok;
}
