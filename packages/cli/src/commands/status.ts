import type { KernelStatus } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { fit, formatBytes, formatDuration, padEnd, wrap } from '../terminal/text.ts';

const labelWidth = 11;

export async function status(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const answer = await client.kernel.status();
  output.result({ url: client.url, ...answer }, (screen) => showStatus(client.url, answer, screen));
  return exitCodes.ok;
}

function showStatus(url: string, kernel: KernelStatus, screen: Screen): void {
  const state = screen.paint(kernel.state === 'ready' ? 'good' : 'warning', kernel.state);
  const uptime = formatDuration(kernel.uptimeMs);
  row(
    screen,
    'Kernel',
    `${url}  ${state}, up ${uptime}, process ${kernel.osPid}, ${formatBytes(kernel.residentBytes)}`,
  );
  row(screen, 'Version', `${kernel.version} on Node ${kernel.node.replace(/^v/, '')}, ${kernel.database}`);
  row(screen, 'Home', kernel.home);
  list(
    screen,
    'Models',
    kernel.models.map(({ name, provider }) => `${name} (${provider})`),
  );
  for (const { name, notice } of kernel.models) {
    if (!notice) continue;
    for (const line of wrap(`${name}: ${notice}`, screen.width, ' '.repeat(labelWidth))) {
      screen.line(screen.paint('warning', line));
    }
  }
  list(
    screen,
    'Mounts',
    kernel.mounts.map(
      ({ path, source, readOnly }) => `${path} from ${source}${readOnly ? ', read only' : ''}`,
    ),
  );
  const processes = Object.entries(kernel.processes).filter(([, count]) => count > 0);
  row(screen, 'Processes', processes.map(([name, count]) => `${count} ${name}`).join(', ') || 'none yet');
  const busy = kernel.queues.filter((queue) => queue.running + queue.queued > 0);
  list(
    screen,
    'Queues',
    busy.map(
      (queue) => `${queue.name}: ${queue.running} of ${queue.capacity} slots taken, ${queue.queued} waiting`,
    ),
  );
}

function row(screen: Screen, label: string, value: string): void {
  screen.line(`${screen.paint('heading', padEnd(label, labelWidth))}${value}`);
}

function list(screen: Screen, label: string, values: readonly string[]): void {
  values.forEach((value, index) => {
    row(screen, index === 0 ? label : '', fit(value, screen.width - labelWidth));
  });
}
