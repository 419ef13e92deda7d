import { setTimeout as delay } from 'node:timers/promises';
import { connect, type KernelInfo, readKernelInfo, resolveHome } from '@aios/sdk';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { isRunning } from '../is-running.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const patienceMs = 60_000;
const pollMs = 50;

export interface DownOptions extends CommonOptions {
  /** Seconds; true for as many as usual. */
  drain?: number | true;
}

export async function down(options: DownOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const home = resolveHome(options.home);
  const info = await readKernelInfo(home);
  if (!info || !(await isRunning(info.osPid))) {
    throw new CommandFailure(`No kernel runs on ${home}.`, exitCodes.unreachable);
  }
  await refuseStranger(info, home);
  if (options.drain !== undefined) await drain(info.url, home, options.drain, output);
  process.kill(info.osPid, 'SIGTERM');
  await waitForEnd(info.osPid);
  output.result({ stopped: true, osPid: info.osPid, url: info.url }, (screen) =>
    screen.line(`The kernel at ${info.url} (process ${info.osPid}) has stopped.`),
  );
  return exitCodes.ok;
}

async function drain(url: string, home: string, seconds: number | true, output: Output): Promise<void> {
  await using client = await connect({ url, home });
  const { atRest, ended, busy } = await client.kernel.drain(
    seconds === true ? {} : { deadlineMs: seconds * 1000 },
  );
  output.aside.line(
    `Drained: ${atRest.length} at rest, ${ended.length} ended, ${busy.length} not done in time.`,
  );
}

/** After a crash the number may belong to another program by now, so the kernel itself is asked for its own. */
async function refuseStranger({ url, osPid: pid }: KernelInfo, home: string): Promise<void> {
  await using client = await connect({ url, home });
  const { osPid } = await client.kernel.status();
  if (osPid === pid) return;
  throw new CommandFailure(
    `The kernel at ${url} is process ${osPid}, not ${pid} as kernel.json in ${home} says. Stop it where it was started.`,
    exitCodes.failed,
  );
}

async function waitForEnd(pid: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  // The operating system tells of the end of its children only, so any other process has to be looked at.
  while (await isRunning(pid)) {
    if (performance.now() > deadline) {
      throw new CommandFailure(
        `Process ${pid} still drains after ${patienceMs / 1000} seconds. Wait, or end it with: kill -9 ${pid}`,
        exitCodes.failed,
      );
    }
    await delay(pollMs);
  }
}
