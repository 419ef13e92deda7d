import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importAgent, offerImports } from '@aios/host';
import { serveAgents } from '@aios/sdk';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { outliveRejections } from '../outlive-rejections.ts';
import { shipped } from '../shipped.ts';
import { createOutput } from '../terminal/output.ts';

export interface ServeOptions extends CommonOptions {
  maxProcesses?: number;
}

/** Runs agents in this program for a kernel anywhere, until it is told to end. */
export async function serve(files: readonly string[], options: ServeOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const { home, maxProcesses } = options;
  offerImports(shipped.offeredImports);
  const agents = await Promise.all(files.map((file) => importAgent(pathToFileURL(resolve(file)).href)));
  using interrupt = watchInterrupt();
  using _rejections = outliveRejections({ error: (fields, message) => console.error(message, fields) });
  const served = agents.map(({ manifest }) => manifest.name).join(', ');
  await using server = await serveAgents({
    agents,
    signal: interrupt.signal,
    ...(home !== undefined && { home }),
    ...(maxProcesses !== undefined && { maxProcesses }),
    onConnection: (state, reason) =>
      output.aside.line(state === 'connected' ? `Serving ${served}.` : `${reason?.message} Trying again.`),
  });
  await server.closed;
  return exitCodes.ok;
}
