import { type JsonValue, pid as pidSchema, type SignalName } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';

export interface SignalOptions extends CommonOptions {
  message?: string;
  scope?: 'process' | 'tree' | 'group';
  grace?: number;
}

export async function signal(number: number, name: SignalName, options: SignalOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { message, scope, grace } = options;
  const answer = await client.process.signal({
    pid: pidSchema.parse(number),
    signal: name,
    ...(message !== undefined && { message: messageOf(message) }),
    ...(scope && { scope }),
    ...(grace !== undefined && { graceMs: grace * 1000 }),
  });
  output.result(answer, (screen) => {
    const { signalled } = answer;
    screen.line(
      signalled.length === 0
        ? `Process ${number}: nothing to ${name}.`
        : `Sent ${name} to ${signalled.length === 1 ? 'process' : 'processes'} ${signalled.join(', ')}.`,
    );
  });
  return exitCodes.ok;
}

/** JSON where it is JSON, else the text as it is. */
function messageOf(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
