import { AiosError } from '@aios/protocol';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';

export async function refresh(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { changed, restartNeeded } = await client.kernel.refresh().catch((error: unknown) => {
    throw explained(error);
  });
  output.result({ url: client.url, changed, restartNeeded }, (screen) => {
    if (changed.length > 0) {
      screen.line(
        `In force from now on: ${changed.join(', ')}. Calls that are under way finish as they began.`,
      );
    } else {
      screen.line('The kernel has the configuration already. It takes a saved file over by itself.');
    }
    if (restartNeeded.length > 0) {
      screen.line(
        screen.paint('warning', `Needs a restart (aios down, aios up): ${restartNeeded.join(', ')}.`),
      );
    }
  });
  return exitCodes.ok;
}

function explained(error: unknown): unknown {
  if (!AiosError.isInstance(error) || error.code !== 'invalid_argument') return error;
  const message = `Nothing has changed, because the configuration is wrong:\n${error.message}`;
  return new CommandFailure(message, exitCodes.usage, { cause: error });
}
