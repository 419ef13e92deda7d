import type { ModelDescription } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { showModels } from '../terminal/show-models.ts';

export async function models(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const answer: { models: ModelDescription[] } = await client.llm.models();
  output.result(answer.models, (screen) => showModels(answer.models, screen));
  return exitCodes.ok;
}
