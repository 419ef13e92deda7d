import { text as readAll } from 'node:stream/consumers';
import {
  isSyscallName,
  type JsonValue,
  type SyscallName,
  type SyscallRequest,
  syscallNames,
} from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';

export interface CallCommandOptions extends CommonOptions {
  stream?: boolean;
}

/** Prints the output as JSON whether or not `--json` is given: there is no other form that suits every call. */
export async function call(
  name: string,
  input: string | undefined,
  options: CallCommandOptions,
): Promise<ExitCode> {
  if (!isSyscallName(name)) {
    throw new CommandFailure(
      `There is no system call "${name}". There are: ${syscallNames.join(', ')}.`,
      exitCodes.usage,
    );
  }
  const request = await readInput(input);
  await using client = await openClient(options);
  using interrupt = watchInterrupt();
  try {
    await callAndPrint(client, name, request, options.stream === true, interrupt.signal);
    return exitCodes.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw error;
  }
}

async function callAndPrint(
  client: Client,
  name: SyscallName,
  request: JsonValue,
  stream: boolean,
  signal: AbortSignal,
): Promise<void> {
  // Checked by the kernel, whose message names the wrong field.
  const input = request as SyscallRequest<typeof name>;
  if (stream) {
    const output = await client.call(name, input, { signal, onChunk: (chunk) => print({ chunk }, 0) });
    print({ output }, 0);
  } else {
    print(await client.call(name, input, { signal }), 2);
  }
}

function print(document: unknown, space: number): void {
  process.stdout.write(`${JSON.stringify(document, null, space)}\n`);
}

async function readInput(input: string | undefined): Promise<JsonValue> {
  if (input === undefined) return {};
  if (input !== '-') return parseJsonArgument(input, 'The input');
  return parseJsonArgument(await readAll(process.stdin), 'The input');
}
