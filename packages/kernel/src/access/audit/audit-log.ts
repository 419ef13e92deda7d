import { AiosError } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Audit, AuditedCall, AuditTrail } from '../../syscall/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { appendEntries } from './audit-store.ts';
import type { AuditEntry, NewEntry } from './entry.ts';
import { HeadKeeper } from './head-keeper.ts';
import { type AuditSigner, openSigningKey } from './signing-key.ts';
import { CallTrail } from './trail.ts';

export interface AuditSettings {
  readonly enabled: boolean;
  /** File or URL that signed heads go to besides the home. */
  readonly anchor?: string | undefined;
  /** Milliseconds between two anchorings. */
  readonly anchor_every_ms: number;
}

export interface AuditOptions {
  readonly home: string;
  readonly database: Database;
  /** Read anew for each call, so that a reload counts. */
  readonly settings: () => AuditSettings;
  readonly logger: Logger;
}

interface Batch {
  readonly entries: NewEntry[];
  readonly written: Promise<AuditEntry[]>;
}

/** The audit of an installation. */
export class AuditLog implements Audit, AsyncDisposable {
  readonly signer: AuditSigner;
  readonly heads: HeadKeeper;
  readonly #options: AuditOptions;
  /** Entries that are to be written and have no transaction of their own, by tenant. */
  readonly #batches = new Map<string, Batch>();

  constructor(options: AuditOptions, signer: AuditSigner) {
    this.#options = options;
    this.signer = signer;
    this.heads = new HeadKeeper(options);
  }

  open(call: AuditedCall): AuditTrail | undefined {
    if (!this.#options.settings().enabled) return undefined;
    return new CallTrail(call, (entry, transaction) => this.#add(entry, transaction));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.heads[Symbol.asyncDispose]();
  }

  async #add(entry: NewEntry, transaction: Transaction<Tables> | undefined): Promise<number> {
    if (transaction !== undefined) {
      const [added] = await appendEntries(this.#options.database, transaction, [entry], this.signer);
      this.heads.grew(entry.tenant);
      return sequenceOf(added);
    }
    try {
      return await this.#addToBatch(entry);
    } catch (error) {
      this.#options.logger.error({ error, name: entry.name }, 'the audit cannot be written');
      const why = AiosError.isInstance(error)
        ? error.message
        : 'The operator finds the reason in the log of the kernel.';
      throw new AiosError(
        'unavailable',
        `The call was ended because the audit could not be written. ${why}`,
        {
          cause: error,
          disposition: 'operator',
        },
      );
    }
  }

  /** What comes until the batch is written goes with it, in one transaction with one signature. */
  async #addToBatch(entry: NewEntry): Promise<number> {
    const { tenant } = entry;
    const batch = this.#batches.get(tenant) ?? this.#openBatch(tenant);
    const index = batch.entries.push(entry) - 1;
    return sequenceOf((await batch.written)[index]);
  }

  #openBatch(tenant: string): Batch {
    const entries: NewEntry[] = [];
    const { database } = this.#options;
    const written = database.write(async (transaction) => {
      this.#batches.delete(tenant);
      return await appendEntries(database, transaction, entries, this.signer);
    });
    const close = () => {
      if (this.#batches.get(tenant)?.entries === entries) this.#batches.delete(tenant);
    };
    written.then(() => this.heads.grew(tenant), close);
    const batch = { entries, written };
    this.#batches.set(tenant, batch);
    return batch;
  }
}

/** Opens the audit of a home: reads its key, or makes it. */
export async function openAudit(options: AuditOptions): Promise<AuditLog> {
  const audit = new AuditLog(options, await openSigningKey(options.home));
  await audit.heads.catchUp();
  return audit;
}

function sequenceOf(entry: AuditEntry | undefined): number {
  if (entry !== undefined) return entry.sequence;
  throw new AiosError('internal', 'The audit wrote fewer entries than it was given.');
}
