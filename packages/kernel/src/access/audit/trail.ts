import type { AiosError } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import type { AuditedCall, AuditTrail } from '../../syscall/index.ts';
import { isDestructive } from './destructive.ts';
import type { NewEntry } from './entry.ts';
import { auditedArguments, hideSecrets } from './redaction.ts';

type Outcome = 'attempted' | 'ok' | 'error' | 'denied';

/** Adds an entry and gives its sequence: in the transaction, or on disk by itself where there is none. */
export type AddEntry = (entry: NewEntry, transaction: Transaction<Tables> | undefined) => Promise<number>;

/** What the audit holds of one call: at most that it was begun, and what came of it. */
export class CallTrail implements AuditTrail {
  readonly #call: AuditedCall;
  readonly #add: AddEntry;
  #denied: { action: string; target: string | undefined } | undefined;
  #attempt: number | null = null;
  #isChanged = false;
  #isSettled = false;

  constructor(call: AuditedCall, add: AddEntry) {
    this.#call = call;
    this.#add = add;
  }

  denied(action: string, target: string | undefined): void {
    this.#denied ??= { action, target };
  }

  async attempt(transaction?: Transaction<Tables>): Promise<void> {
    this.#attempt = await this.#add(this.#entry('attempted', undefined), transaction);
  }

  async changed(transaction: Transaction<Tables>): Promise<void> {
    if (!isDestructive(this.#call.name)) return;
    await this.#add(this.#entry('ok', undefined), transaction);
    this.#isChanged = true;
  }

  async settle(transaction: Transaction<Tables>, error: AiosError | undefined): Promise<void> {
    const outcome = this.#outcome(error);
    if (outcome === undefined) return;
    await this.#add(this.#entry(outcome, error), transaction);
    this.#isSettled = true;
  }

  async close(error: AiosError | undefined): Promise<void> {
    const outcome = this.#outcome(error);
    if (outcome === undefined) return;
    if (this.#isSettled) return;
    // A transaction that did not come to its end takes the entry with it, and the call fails.
    if (this.#isChanged && outcome === 'ok') return;
    await this.#add(this.#entry(outcome, error), undefined);
  }

  /** Nothing for a call that the audit does not hold. */
  #outcome(error: AiosError | undefined): Outcome | undefined {
    if (this.#denied !== undefined || error?.code === 'permission_denied') return 'denied';
    if (this.#attempt === null && !isDestructive(this.#call.name)) return undefined;
    return error === undefined ? 'ok' : 'error';
  }

  #entry(outcome: Outcome, error: AiosError | undefined): NewEntry {
    const { caller, name, target, input } = this.#call;
    const { sha256, text } = auditedArguments(input);
    return {
      tenant: caller.tenant,
      at: Date.now(),
      user: caller.user,
      key: caller.key?.id ?? null,
      pid: caller.process?.pid ?? null,
      agent: caller.process?.agent ?? null,
      name,
      target: target === undefined ? null : hideSecrets(target),
      outcome,
      code: error?.code ?? null,
      attempt: this.#attempt,
      arguments_sha256: sha256,
      arguments: text,
      detail: outcome === 'denied' ? this.#denial() : null,
    };
  }

  #denial(): string | null {
    if (this.#denied === undefined) return null;
    const { action, target } = this.#denied;
    return JSON.stringify({ action, ...(target !== undefined && { target: hideSecrets(target) }) });
  }
}
