import { join } from 'node:path';
import type { ModelDescription } from '@aios/protocol';
import { credentialsFile, resolveHome } from '@aios/sdk';
import type { UsedKernel } from '../job/use-kernel.ts';
import type { Screen } from '../terminal/screen.ts';
import { fit, formatDuration, padEnd, wrap } from '../terminal/text.ts';
import { type Findings, shortPath } from './findings.ts';
import type { Task } from './task.ts';

const labelWidth = 12;
const indent = '  ';

const howToUseAModel =
  'To use a real model, set a provider’s key in the environment, such as OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or start Ollama, and run this again.';

/** What the job runs on, before it starts. */
export function showStart(
  screen: Screen,
  kernel: UsedKernel,
  home: string,
  model: ModelDescription | undefined,
): void {
  const origin =
    kernel.bootMs === undefined ? 'was running already' : `booted in ${formatDuration(kernel.bootMs)}`;
  screen.line();
  row(screen, 'Kernel', `${kernel.url}, ${origin}`);
  row(screen, 'Home', home);
  if (!model) return;
  row(screen, 'Model', model.name === model.provider ? model.name : `${model.name} (${model.provider})`);
  if (!model.notice) return;
  paragraph(screen, model.notice, 'warning');
  if (model.provider === 'offline') paragraph(screen, howToUseAModel);
}

export function showTask(screen: Screen, { documents, question }: Task): void {
  row(screen, 'Documents', shortPath(documents));
  const [first = '', ...rest] = wrap(question, screen.width - labelWidth);
  row(screen, 'Question', first);
  for (const line of rest) screen.line(' '.repeat(labelWidth) + line);
  screen.line();
}

export function showFindings(screen: Screen, { answer, sources, unverified, report }: Findings): void {
  section(screen, 'Answer');
  for (const line of wrap(answer, screen.width, indent)) screen.line(line);
  section(screen, 'Sources');
  for (const source of sources) screen.text(`${indent}${shortPath(source)}`);
  if (unverified.length > 0) {
    for (const line of wrap(
      `Cited, but not found in the documents: ${unverified.join(', ')}`,
      screen.width,
      indent,
    )) {
      screen.line(screen.paint('warning', line));
    }
  }
  section(screen, 'Report');
  screen.text(`${indent}${shortPath(report)}`);
}

export interface Next {
  kernel: UsedKernel;
  home: string;
  pid: number;
  task: Task;
}

/** How to go on; the commands can be copied as they stand. */
export function showNext(screen: Screen, { kernel, home, pid, task }: Next): void {
  const option = home === resolveHome('~/.aios') ? '' : ` --home ${quote(home)}`;
  const input = JSON.stringify({ documents: task.documents });
  section(screen, 'Go on, in another terminal in this folder');
  command(screen, `npx aios logs ${pid}${option}`, 'all that the agent did');
  command(screen, `npx aios status${option}`, 'models, mounts, queues');
  command(screen, `npx aios run researcher --input ${quote(input)}${option} --ask "…"`, 'ask something else');
  screen.line();
  row(screen, 'API', `${kernel.url}/api/openapi.json`);
  row(screen, 'Token', shortPath(credentialsFile(home)));
  if (kernel.log) row(screen, 'Log', shortPath(join(kernel.log)));
  screen.line();
}

function row(screen: Screen, label: string, value: string): void {
  screen.line(
    `${screen.paint('heading', padEnd(label, labelWidth))}${fit(value, screen.width - labelWidth)}`.trimEnd(),
  );
}

function section(screen: Screen, title: string): void {
  screen.line();
  screen.line(screen.paint('heading', title));
}

function paragraph(screen: Screen, text: string, style: 'warning' | 'faint' = 'faint'): void {
  for (const line of wrap(text, screen.width, ' '.repeat(labelWidth))) screen.line(screen.paint(style, line));
}

function command(screen: Screen, text: string, meaning: string): void {
  screen.line(`${indent}${screen.paint('faint', `# ${meaning}`)}`);
  screen.line(`${indent}${text}`);
}

/** For a shell. */
function quote(text: string): string {
  if (/^[\w./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
