import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { type AnchoredHead, anchorPath, appendHeads, openAnchor } from './anchor.ts';
import type { AuditSettings } from './audit-log.ts';
import { auditedTenants } from './audit-store.ts';

const looks = 2;

interface HeadKeeperOptions {
  readonly home: string;
  readonly database: Database;
  readonly settings: () => AuditSettings;
  readonly logger: Logger;
}

/**
 * Puts the signed ends of the chains outside of the database: at once where none was put there lately, else after the time of
 * the configuration, and when the kernel closes. What can’t be put there is tried again; the log says so.
 */
export class HeadKeeper implements AsyncDisposable {
  readonly #options: HeadKeeperOptions;
  readonly #closing = new AbortController();
  /** Tenants to look at, and how often still: whoever says that one grew may not have committed yet. */
  readonly #grown = new Map<string, number>();
  /** By tenant: the sequence that was put there last. */
  readonly #anchored = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(options: HeadKeeperOptions) {
    this.#options = options;
  }

  /** The last entry of a tenant that is known outside; 0 before the first. */
  anchoredTo(tenant: string): number {
    return this.#anchored.get(tenant) ?? 0;
  }

  /** Says that entries of this tenant are, or will soon be, in the database. */
  grew(tenant: string): void {
    this.#grown.set(tenant, looks);
    if (!this.#closing.signal.aborted) this.#running ??= this.#keepUp();
  }

  /** For what a crash left between the database and the anchor. */
  async catchUp(): Promise<void> {
    for (const tenant of await auditedTenants(this.#options.database.reader)) this.#grown.set(tenant, 1);
    await this.#anchorGrown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.catchUp();
  }

  async #keepUp(): Promise<void> {
    while (this.#grown.size > 0 && !this.#closing.signal.aborted) {
      await this.#anchorGrown();
      await sleep(this.#options.settings().anchor_every_ms, undefined, {
        signal: this.#closing.signal,
      }).catch(() => undefined);
    }
    this.#running = undefined;
  }

  async #anchorGrown(): Promise<void> {
    const tenants = [...this.#grown.keys()];
    try {
      const heads = (await Promise.all(tenants.map((tenant) => this.#headOf(tenant)))).filter(
        (head) => head !== undefined,
      );
      if (heads.length > 0) await this.#put(heads);
      for (const { tenant, sequence } of heads) this.#anchored.set(tenant, sequence);
      for (const tenant of tenants) this.#looked(tenant);
    } catch (error) {
      this.#options.logger.error({ error }, 'the head of the audit could not be anchored; it is tried again');
    }
  }

  #looked(tenant: string): void {
    const left = (this.#grown.get(tenant) ?? 0) - 1;
    if (left > 0) this.#grown.set(tenant, left);
    else this.#grown.delete(tenant);
  }

  async #put(heads: readonly AnchoredHead[]): Promise<void> {
    const { home, settings } = this.#options;
    await appendHeads(anchorPath(home), heads);
    const { anchor } = settings();
    if (anchor !== undefined) await openAnchor(anchor, home)(heads);
  }

  async #headOf(tenant: string): Promise<AnchoredHead | undefined> {
    const last = await this.#options.database.reader
      .selectFrom('audit_entries')
      .select(['sequence', 'hash', 'signature'])
      .where('tenant', '=', tenant)
      .where('signature', 'is not', null)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (last === undefined || last.signature === null) return undefined;
    if (last.sequence <= this.anchoredTo(tenant)) return undefined;
    return { tenant, sequence: last.sequence, hash: last.hash, signature: last.signature, at: Date.now() };
  }
}
