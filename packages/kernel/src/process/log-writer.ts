import { AiosError, type KernelEvent, type LogEntry, logKind, type Pid } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { describedTypes, describeEvent } from './describe-event.ts';

interface Line {
  readonly pid: Pid;
  readonly at: number;
  readonly kind: LogEntry['kind'];
  readonly text: string;
}

const flushAfterMs = 50;
const linesPerInsert = 200;

/** Writes what processes do to their logs: gathered for a moment, so that no system call waits for its log line. */
export class LogWriter implements AsyncDisposable {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #subscription: Disposable;
  #pending: Line[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database, events: EventBus, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#subscription = events.subscribe((event) => this.#note(event), describedTypes);
  }

  /** Resolves when all lines so far are on disk; rejects when they could not be written. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#pending;
    this.#pending = [];
    this.#writing = this.#writing.then(() => this.#write(lines));
    await this.#writing;
  }

  /** Writes a line that a process wrote itself, with the call that says so. */
  async append(transaction: Transaction<Tables>, line: Line): Promise<void> {
    await transaction.insertInto('process_logs').values(line).execute();
  }

  async read(pid: Pid, after: number, limit: number): Promise<LogEntry[]> {
    const rows = await this.#database.reader
      .selectFrom('process_logs')
      .select(['sequence', 'at', 'kind', 'text'])
      .where('pid', '=', pid)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      sequence: row.sequence,
      at: new Date(row.at).toISOString(),
      kind: kindOf(row.kind),
      text: row.text,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.flush();
  }

  #note(event: KernelEvent): void {
    const described = describeEvent(event);
    if (described === undefined) return;
    this.#pending.push({ ...described, at: Date.parse(event.at) });
    this.#timer ??= setTimeout(() => void this.flush().catch(this.#reportLoss), flushAfterMs);
  }

  readonly #reportLoss = (error: unknown) => {
    this.#logger.error({ error }, 'lines of process logs could not be written and are lost');
  };

  async #write(lines: readonly Line[]): Promise<void> {
    for (let start = 0; start < lines.length; start += linesPerInsert) {
      const batch = lines.slice(start, start + linesPerInsert);
      await this.#database.write(async (transaction) => {
        await transaction.insertInto('process_logs').values(batch).execute();
      });
    }
  }
}

function kindOf(kind: string): LogEntry['kind'] {
  const known = logKind.safeParse(kind);
  if (known.success) return known.data;
  throw new AiosError('internal', `The process log holds an entry of the unknown kind "${kind}".`);
}
