import { AgentThread, type AgentThreadOptions } from './agent-thread.ts';
import { BrokenRuntime } from './broken-runtime.ts';

/** Threads that are started when they are needed, up to a number; one that breaks is replaced. */
export class ThreadPool {
  readonly #options: AgentThreadOptions;
  readonly #size: number;
  readonly #threads = new Set<AgentThread>();

  constructor(options: AgentThreadOptions, size: number) {
    this.#options = options;
    this.#size = size;
  }

  /**
   * Gives a job to the thread with the least to do. A thread that breaks under a job that is not to blame, and that `mayRepeat`
   * then, is followed by the next one.
   */
  async run<Output>(
    job: (thread: AgentThread) => Promise<Output>,
    mayRepeat: () => boolean,
  ): Promise<Output> {
    for (;;) {
      try {
        return await job(this.#pick());
      } catch (error) {
        const isInnocent = error instanceof BrokenRuntime && !error.isCharged;
        if (!isInnocent || !mayRepeat()) throw error;
      }
    }
  }

  /** Ends the threads that have nothing to do. */
  async shrink(): Promise<void> {
    const idle = [...this.#threads].filter(({ isIdle }) => isIdle);
    for (const thread of idle) this.#threads.delete(thread);
    await Promise.all(idle.map((thread) => thread.terminate()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #pick(): AgentThread {
    const [first] = [...this.#threads].sort((left, right) => left.taskCount - right.taskCount);
    if (first !== undefined && (first.taskCount === 0 || this.#threads.size >= this.#size)) return first;
    const thread: AgentThread = new AgentThread(this.#options, () => this.#threads.delete(thread));
    this.#threads.add(thread);
    return thread;
  }
}
