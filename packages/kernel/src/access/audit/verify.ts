import type { AnchoredHead } from './anchor.ts';
import { type AuditEntry, type ChainEnd, emptyChain, hashEntry } from './entry.ts';
import type { AuditVerifier, SegmentClaim } from './signing-key.ts';

/** A checkpoint after which a chain goes on, as it stands in the database or at the top of an export. */
interface SignedCheckpoint extends SegmentClaim {
  readonly signature: string;
}

/** What is to be checked of one tenant. */
export interface AuditedChain {
  readonly tenant: string;
  /** All that are after the checkpoint, in the order in which they are stored. */
  readonly entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>;
  readonly checkpoint: SignedCheckpoint | undefined;
  /** Of this and of other tenants. */
  readonly heads: readonly AnchoredHead[];
  readonly key: AuditVerifier;
  /** Whether later entries may be elsewhere, so that heads which know them say nothing. */
  readonly isPart?: boolean;
}

interface AuditFinding {
  readonly kind: 'changed' | 'missing' | 'inserted' | 'truncated' | 'unsigned' | 'forged';
  readonly tenant: string;
  /** The first entry that is not as it was written. */
  readonly sequence: number;
  readonly message: string;
}

export interface AuditReport {
  readonly tenant: string;
  readonly entries: number;
  /** Last entry. */
  readonly end: ChainEnd;
  /** The newest head outside of the database that was checked; 0 where there is none. */
  readonly anchoredTo: number;
  readonly findings: readonly AuditFinding[];
}

/**
 * Checks that the chain of a tenant is as it was written: nothing changed, missing, reordered, inserted or cut off at its end.
 * Needs no kernel. Stops at the first finding in the chain, for what comes after it says nothing.
 */
export async function verifyAudit(chain: AuditedChain): Promise<AuditReport> {
  const { tenant, checkpoint, key } = chain;
  const heads = new Map(
    chain.heads.filter((head) => head.tenant === tenant).map((head) => [head.sequence, head]),
  );
  const check = new ChainCheck(tenant, checkpoint ?? emptyChain, heads, key);
  if (checkpoint !== undefined && !key.isSegment({ ...checkpoint, tenant }, checkpoint.signature)) {
    check.find('forged', checkpoint.sequence, 'its checkpoint was not signed by this installation');
  }
  for await (const entry of chain.entries) {
    if (check.findings.length > 0) break;
    check.take(entry);
  }
  if (check.findings.length === 0) check.finish(chain.isPart ?? false);
  return {
    tenant,
    entries: check.count,
    end: check.end,
    anchoredTo: greatest(heads.keys()),
    findings: check.findings,
  };
}

class ChainCheck {
  readonly findings: AuditFinding[] = [];
  readonly #tenant: string;
  readonly #heads: ReadonlyMap<number, AnchoredHead>;
  readonly #key: AuditVerifier;
  readonly #start: ChainEnd;
  end: ChainEnd;
  count = 0;
  #isSigned = true;

  constructor(tenant: string, start: ChainEnd, heads: ReadonlyMap<number, AnchoredHead>, key: AuditVerifier) {
    this.#tenant = tenant;
    this.#heads = heads;
    this.#key = key;
    this.#start = start;
    this.end = { sequence: start.sequence, hash: start.hash };
  }

  find(kind: AuditFinding['kind'], sequence: number, what: string): void {
    const message = `Audit of ${this.#tenant}, entry ${sequence}: ${what}.`;
    this.findings.push({ kind, tenant: this.#tenant, sequence, message });
  }

  take(entry: AuditEntry): void {
    const { sequence } = entry;
    const expected = this.end.sequence + 1;
    if (entry.tenant !== this.#tenant) {
      this.find('inserted', expected, `an entry of ${entry.tenant} stands in its place`);
    } else if (sequence < expected) {
      this.find('inserted', sequence, 'it stands where it does not belong');
    } else if (sequence > expected) {
      this.find('missing', expected, `it is missing; the next one is ${sequence}`);
    } else if (entry.previous_hash !== this.end.hash) {
      this.find('changed', sequence, 'it does not follow the entry before it');
    } else if (entry.hash !== hashEntry(entry)) {
      this.find('changed', sequence, 'it is not as it was written');
    } else {
      this.#follow(entry);
    }
  }

  #follow(entry: AuditEntry): void {
    const { sequence } = entry;
    this.#takeSignature(entry);
    this.end = { sequence, hash: entry.hash };
    this.count += 1;
  }

  #takeSignature(entry: AuditEntry): void {
    const { sequence, signature } = entry;
    const head = this.#heads.get(sequence);
    this.#isSigned = signature !== null;
    if (signature !== null && !this.#key.isHead(entry, signature)) {
      this.find('forged', sequence, 'its signature is not that of this installation');
    } else if (head !== undefined && head.hash !== entry.hash) {
      this.find('changed', sequence, 'it is another one than the anchor says');
    } else if (head !== undefined && head.signature !== signature) {
      this.find('unsigned', sequence, 'its signature is not the one in the anchor');
    }
  }

  finish(isPart: boolean): void {
    if (!this.#isSigned) {
      this.find(
        'unsigned',
        this.end.sequence,
        'the chain ends with it, and it has no signature: others followed, or it was added by somebody else',
      );
    }
    for (const head of this.#heads.values()) {
      if (!this.#key.isHead(head, head.signature)) {
        this.find('forged', head.sequence, 'the anchor has a head that this installation did not sign');
        return;
      }
      if (head.sequence === this.#start.sequence && head.hash !== this.#start.hash) {
        this.find('changed', head.sequence, 'the checkpoint is another one than the anchor says');
      }
    }
    const last = greatest(this.#heads.keys());
    if (last > this.end.sequence && !isPart) {
      this.find(
        'truncated',
        this.end.sequence + 1,
        `it and all up to ${last} are missing: the anchor knows them`,
      );
    }
  }
}

function greatest(numbers: Iterable<number>): number {
  let found = 0;
  for (const number of numbers) found = Math.max(found, number);
  return found;
}
