import { Worker } from 'node:worker_threads';
import { AiosError, type JsonValue } from '@aios/protocol';
import type { Evaluation, Expression } from './expression-worker.ts';

/** QuickJS ends an expression by itself; a thread that does not come back is stopped. */
const graceMs = 500;

interface Waiting {
  readonly expression: Expression;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<JsonValue>;
}

/** Evaluates expressions one after the other, in a thread that is started for the first and may break. */
export class ExpressionThread {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** Throws `invalid_argument` with what JavaScript says, and `deadline_exceeded`. */
  evaluate(expression: Expression, timeoutMs: number, signal: AbortSignal): Promise<JsonValue> {
    const waiting = { expression, timeoutMs, signal, answer: Promise.withResolvers<JsonValue>() };
    this.#last = this.#last.then(() => this.#run(waiting));
    return waiting.answer.promise;
  }

  async #run({ expression, timeoutMs, signal, answer }: Waiting): Promise<void> {
    if (signal.aborted) return answer.reject(signal.reason);
    const worker = this.#start();
    const done = Promise.withResolvers<Evaluation>();
    const broken = (error: unknown) => done.reject(error);
    const onAbort = () => done.reject(signal.reason);
    const late = setTimeout(() => done.reject(tooLong(timeoutMs)), timeoutMs + graceMs);
    worker.once('message', done.resolve).once('error', broken).once('exit', broken);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      worker.ref();
      worker.postMessage({ ...expression, timeoutMs });
      const evaluation = await done.promise;
      if (evaluation.outcome === 'value') answer.resolve(evaluation.value);
      else answer.reject(evaluation.outcome === 'late' ? tooLong(timeoutMs) : refused(evaluation.message));
    } catch (error) {
      this.#forget(worker);
      await worker.terminate();
      answer.reject(error);
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
      worker.off('message', done.resolve).off('error', broken).off('exit', broken);
      worker.unref();
    }
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./expression-worker.ts', import.meta.url), {
      name: 'aios-expressions',
      env: {},
    });
    this.#worker = worker;
    // One that breaks while nobody waits is replaced by the next expression.
    worker.once('error', () => this.#forget(worker)).once('exit', () => this.#forget(worker));
    return worker;
  }
}

function tooLong(timeoutMs: number): AiosError {
  return new AiosError(
    'deadline_exceeded',
    `The code ran for more than ${timeoutMs} ms. Make it smaller, or run it with code.run.`,
    { disposition: 'fix_input' },
  );
}

function refused(message: string): AiosError {
  return new AiosError('invalid_argument', `code: ${message}`);
}
