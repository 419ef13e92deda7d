import { type LogEntry, pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { padEnd } from '../terminal/text.ts';

export interface LogsOptions extends CommonOptions {
  follow?: boolean;
}

const pageSize = 10_000;

export async function logs(number: number, options: LogsOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const write = (entry: LogEntry): void => output.part(entry, (screen) => showEntry(entry, screen));
  let after = 0;
  for (;;) {
    const { entries } = await client.process.logs({ pid, after, limit: pageSize });
    entries.forEach(write);
    after = entries.at(-1)?.sequence ?? after;
    if (entries.length < pageSize) break;
  }
  if (!options.follow) return exitCodes.ok;
  using interrupt = watchInterrupt();
  try {
    await client.process.logs({ pid, after, follow: true }, { onChunk: write, signal: interrupt.signal });
    return exitCodes.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw error;
  }
}

function showEntry({ at, kind, text }: LogEntry, screen: Screen): void {
  const time = screen.paint('faint', at.slice(11, 23));
  screen.text(`${time}  ${padEnd(kind, 7)}  ${text}`);
}
