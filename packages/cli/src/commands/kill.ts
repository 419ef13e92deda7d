import { pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';

export async function kill(number: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const description = await client.process.kill({ pid: pidSchema.parse(number), reason: 'aios kill' });
  output.result(description, (screen) =>
    screen.line(`Process ${number} (${description.agent}): ${description.state}.`),
  );
  return exitCodes.ok;
}
