import type { ProcessDescription } from '@aios/protocol';
import { type Client, resolveHome } from '@aios/sdk';
import type { CommonOptions } from '../common-options.ts';
import { readFindings } from '../demo/findings.ts';
import { showFindings, showNext, showStart, showTask } from '../demo/show.ts';
import { readTask, type Task } from '../demo/task.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Interrupt, watchInterrupt } from '../interrupt.ts';
import { runJob } from '../job/run-job.ts';
import { showSummary } from '../job/summary.ts';
import { type UsedKernel, useKernel } from '../job/use-kernel.ts';
import { createOutput, type Output } from '../terminal/output.ts';

export interface DemoOptions extends CommonOptions {
  once?: boolean;
  docs?: string;
  ask?: string[];
}

/** What `npm start` runs: one real job, from boot to report. */
export async function demo(options: DemoOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const task = await readTask(options);
  const home = resolveHome(options.home);
  using interrupt = watchInterrupt();
  await using kernel = await useKernel(home);
  const { client } = kernel;
  const { models } = await client.llm.models();
  const model = models.find(({ isDefault }) => isDefault);
  showStart(output.screen, kernel, home, model);
  showTask(output.screen, task);

  const ended = await research(client, task, output, interrupt);
  const succeeded = ended.state === 'succeeded';
  const findings = succeeded
    ? readFindings(ended.output ?? null, (await client.kernel.status()).mounts)
    : undefined;
  const report = {
    kernel: { url: kernel.url, home, booted: kernel.bootMs !== undefined },
    model,
    process: ended,
    findings,
  };
  output.result(report, (screen) => findings && showFindings(screen, findings));
  if (interrupt.signal.aborted) return exitCodes.interrupted;
  if (!options.once) {
    showNext(output.screen, { kernel, home, pid: ended.pid, task });
    await keepRunning(kernel, output, interrupt);
  }
  return succeeded ? exitCodes.ok : exitCodes.failed;
}

async function research(
  client: Client,
  { documents, question }: Task,
  output: Output,
  interrupt: Interrupt,
): Promise<ProcessDescription> {
  const request = { agent: 'researcher', input: { documents, question } };
  const ended = await runJob({ client, request, screen: output.screen, signal: interrupt.signal });
  output.screen.line();
  showSummary(ended, output.screen);
  return ended;
}

/** A kernel that was booted here serves until Ctrl-C; one that ran before goes on without us. */
async function keepRunning(kernel: UsedKernel, { screen }: Output, interrupt: Interrupt): Promise<void> {
  if (kernel.bootMs === undefined) return;
  screen.line(`The kernel runs at ${kernel.url}. Ctrl-C stops it.`);
  await interrupt.first;
  screen.line('\nStopping.');
}
