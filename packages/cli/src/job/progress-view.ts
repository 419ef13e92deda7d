import type { EventOf, KernelEvent } from '@aios/protocol';
import type { Screen } from '../terminal/screen.ts';
import { fit, formatCount, formatDuration, padEnd, padStart, wrap } from '../terminal/text.ts';
import { CallTree, type TreeLine } from './call-tree.ts';

const indent = 2;
const nameWidth = 16;
const durationWidth = 10;
const tokensWidth = 18;
const refreshMs = 100;

/** Calls whose effect is shown in another way. */
const silentCalls = new Set(['process.log']);

interface RunningCall {
  name: string;
  target: string | undefined;
  startedAt: number;
}

/** Shows what a process and its descendants do, a line for each settled system call. Dispose it when they have ended. */
export class ProgressView implements Disposable {
  readonly #screen: Screen;
  readonly #root: number;
  readonly #tree = new CallTree();
  readonly #running = new Map<string, RunningCall>();
  readonly #timer: NodeJS.Timeout | undefined;
  #lastProblem: string | undefined;

  constructor(screen: Screen, root: number) {
    this.#screen = screen;
    this.#root = root;
    if (screen.isTerminal) this.#timer = setInterval(() => this.#showRunning(), refreshMs).unref();
  }

  show(event: KernelEvent): void {
    switch (event.type) {
      case 'syscall-started':
        this.#started(event);
        break;
      case 'syscall-settled':
        this.#running.delete(event.call);
        this.#lines(this.#tree.settled(event));
        break;
      case 'process-logged':
        this.#screen.line(
          this.#screen.paint(
            'faint',
            ' '.repeat(indent + 2) + fit(event.text, this.#screen.width - indent - 2),
          ),
        );
        break;
      case 'process-changed':
        if (event.pid !== this.#root && event.from === undefined) {
          this.#screen.line(`${' '.repeat(indent)}process ${event.pid} ${fit(event.agent, 40)} started`);
        }
    }
    this.#showRunning();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#screen.live('');
    this.#lines(this.#tree.rest());
  }

  #started({ call, name, target }: EventOf<'syscall-started'>): void {
    this.#tree.started(call);
    if (!silentCalls.has(name)) this.#running.set(call, { name, target, startedAt: performance.now() });
  }

  #lines(lines: readonly TreeLine[]): void {
    for (const { call, depth } of lines) {
      if (silentCalls.has(call.name) && call.status !== 'error') continue;
      this.#screen.line(renderCall(call, depth, call.pid !== this.#root, this.#screen));
      this.#showProblem(call);
    }
  }

  /** A call made inside another fails both with the same words, which are shown once. */
  #showProblem({ status, code, message }: TreeLine['call']): void {
    const problem = status === 'error' ? `${code ?? 'error'}: ${message ?? ''}` : undefined;
    if (problem !== undefined && problem !== this.#lastProblem) {
      for (const line of wrap(problem, this.#screen.width, ' '.repeat(indent + 2))) {
        this.#screen.line(this.#screen.paint('bad', line));
      }
    }
    this.#lastProblem = problem;
  }

  #showRunning(): void {
    const [first, ...others] = this.#running.values();
    if (!first) {
      this.#screen.live('');
      return;
    }
    const elapsed = formatDuration(performance.now() - first.startedAt);
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    const text = `${' '.repeat(indent)}${padEnd(first.name, nameWidth)} ${first.target ?? ''} … ${elapsed}${more}`;
    this.#screen.live(this.#screen.paint('faint', fitKeepingIndent(text, this.#screen.width - 1)));
  }
}

/** A line such as `  llm.chat         gpt-5      1.24 s   812 in, 45 out`. */
function renderCall(call: TreeLine['call'], depth: number, isChild: boolean, screen: Screen): string {
  const { usage } = call;
  const duration = padStart(
    call.status === 'replayed' ? 'replayed' : formatDuration(call.durationMs),
    durationWidth,
  );
  const tokens = usage ? `${formatCount(usage.inputTokens)} in, ${formatCount(usage.outputTokens)} out` : '';
  const room = Math.max(0, screen.width - indent - durationWidth - 1 - tokensWidth);
  const owner = isChild && call.pid !== undefined ? `${call.pid} ` : '';
  const name = `${'  '.repeat(depth)}${owner}${call.name}`;
  const what = padEnd(name, nameWidth) + (call.target ? `  ${call.target}` : '');
  const head = `${' '.repeat(indent)}${padEnd(fitKeepingIndent(what, room), room)} ${duration}`;
  if (call.status === 'error') return screen.paint('bad', head);
  return `${depth > 0 ? screen.paint('faint', head) : head}${screen.paint('faint', padStart(tokens, tokensWidth))}`.trimEnd();
}

/** `fit` folds white space, which here is the layout. */
function fitKeepingIndent(text: string, width: number): string {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const columns = text.slice(lead.length).split(/ {2,}/);
  const target = columns.length > 1 ? (columns.pop() ?? '') : '';
  const name = text.slice(0, text.length - target.length);
  return target === '' ? fit(text, width) : name + fit(target, Math.max(0, width - name.length));
}
