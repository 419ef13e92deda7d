import { setTimeout as sleep } from 'node:timers/promises';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import { renderTop } from '../top/render-top.ts';

export interface TopOptions extends CommonOptions {
  once?: boolean;
  queue?: string;
}

const refreshMs = 1000;
const linesWithoutTerminal = 60;

export async function top(options: TopOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const { screen } = output;
  await using client = await openClient(options);
  const input = { limit: 100, ...(options.queue !== undefined && { queue: options.queue }) };
  const look = () => Promise.all([client.kernel.schedule(input), client.kernel.status()]);
  if (options.once || !screen.isTerminal) {
    const [schedule, status] = await look();
    output.result(schedule, () => {
      for (const line of renderTop(schedule, status, screen, linesWithoutTerminal)) screen.line(line);
    });
    return exitCodes.ok;
  }
  using interrupt = watchInterrupt();
  using view = screen.full();
  const { signal } = interrupt;
  while (!signal.aborted) {
    const [schedule, status] = await look();
    if (output.json) output.part(schedule, () => undefined);
    view.draw(renderTop(schedule, status, screen, screen.height - 1));
    await sleep(refreshMs, undefined, { signal }).catch(ignoreAbort);
  }
  return exitCodes.interrupted;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
