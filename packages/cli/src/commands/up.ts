import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { credentialsFile, resolveHome } from '@aios/sdk';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { openKernelLog } from '../kernel-log.ts';
import { kernelNodeOptions } from '../kernel-node-options.ts';
import { outliveRejections } from '../outlive-rejections.ts';
import { shipped } from '../shipped.ts';
import { createOutput, type Output } from '../terminal/output.ts';

export interface UpOptions extends CommonOptions {
  detach?: boolean;
  port?: number;
  host?: string;
}

/** What a kernel in the background tells the one who started it. */
const readyMessage = z.object({ url: z.string() });

export async function up(options: UpOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const home = resolveHome(options.home);
  return options.detach
    ? await bootInBackground(home, options, output)
    : await bootHere(home, options, output);
}

async function bootHere(home: string, { port, host }: UpOptions, output: Output): Promise<ExitCode> {
  const startedAt = performance.now();
  using interrupt = watchInterrupt();
  const { runKernel } = await import('@aios/server');
  await using running = await runKernel({
    home,
    env: process.env,
    ...shipped,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
  });
  using _guard = outliveRejections(running.kernel.logger);
  showReady(output, { url: running.url, home, pid: process.pid, bootMs: performance.now() - startedAt });
  if (!process.send) output.aside.line('Ctrl-C stops it.');
  process.send?.({ url: running.url });
  process.disconnect?.();
  const name = await interrupt.first;
  const hint = name === 'SIGINT' ? ' A second Ctrl-C ends it at once.' : '';
  output.aside.line(`${hint && '\n'}Stopping: open calls may finish.${hint}`);
  return exitCodes.ok;
}

async function bootInBackground(home: string, options: UpOptions, output: Output): Promise<ExitCode> {
  const startedAt = performance.now();
  const log = await openKernelLog(home);
  const { size: logStart } = await log.file.stat();
  const main = fileURLToPath(new URL('../../bin/aios.mjs', import.meta.url));
  const { port, host } = options;
  const args = ['up', '--home', home];
  if (port !== undefined) args.push('--port', String(port));
  if (host !== undefined) args.push('--host', host);
  const stdio = ['ignore', log.file.fd, log.file.fd, 'ipc'] as const;
  const child = spawn(process.execPath, [...kernelNodeOptions, main, ...args], {
    detached: true,
    stdio: [...stdio],
  });
  const started = Promise.withResolvers<{ url: string } | { code: number | null }>();
  child.once('message', (message) => started.resolve(readyMessage.parse(message)));
  child.once('exit', (code) => started.resolve({ code }));
  child.once('error', started.reject);
  const outcome = await started.promise;
  await log.file.close();
  if ('code' in outcome) throw await bootFailure(log.path, logStart);
  child.unref();
  showReady(output, {
    url: outcome.url,
    home,
    pid: child.pid ?? 0,
    bootMs: performance.now() - startedAt,
    log: log.path,
  });
  return exitCodes.ok;
}

/** The last thing that the kernel wrote is why it did not start. */
async function bootFailure(path: string, start: number): Promise<CommandFailure> {
  const written = (await readFile(path)).subarray(start).toString('utf8');
  const prefix = 'aios: ';
  const reason = written.slice(written.lastIndexOf(prefix)).trim();
  const message = reason.startsWith(prefix)
    ? reason.slice(prefix.length)
    : `The kernel ended while it started.`;
  return new CommandFailure(`${message}\nIts log: ${path}`, exitCodes.failed);
}

interface Ready {
  url: string;
  home: string;
  pid: number;
  bootMs: number;
  log?: string;
}

function showReady(output: Output, { bootMs, ...ready }: Ready): void {
  const credentials = credentialsFile(ready.home);
  output.result({ ...ready, credentials, bootMs: Math.round(bootMs) }, (screen) => {
    screen.line(
      `AIOS is ${screen.paint('good', 'ready')} at ${ready.url} (process ${ready.pid}, home ${ready.home}).`,
    );
    screen.line(`The token for it is in ${credentials}.`);
    if (ready.log) screen.line(`Its log is ${ready.log}. Stop it with: aios down`);
  });
}
