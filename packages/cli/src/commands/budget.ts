import { AiosError, pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';

export interface BudgetOptions extends CommonOptions {
  tokens?: number;
  calls?: number;
  usd?: number;
  seconds?: number;
}

export async function budget(pid: number, options: BudgetOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const { tokens, calls, usd, seconds } = options;
  const changes = {
    ...(tokens !== undefined && { tokens }),
    ...(calls !== undefined && { calls }),
    ...(usd !== undefined && { usd }),
    ...(seconds !== undefined && { seconds }),
  };
  if (Object.keys(changes).length === 0) {
    throw new AiosError('invalid_argument', 'Name a bound: --tokens, --calls, --usd or --seconds.');
  }
  await using client = await openClient(options);
  const result = await client.process.budget({ pid: pidSchema.parse(pid), budget: changes });
  output.result(result, (screen) => {
    const bounds = Object.entries(result.budget).map(([name, bound]) => `${name} ${JSON.stringify(bound)}`);
    screen.line(`Process ${pid} may use: ${bounds.join(', ')}.`);
  });
  return exitCodes.ok;
}
