// Tells another program of each call that waits, and where to answer. Guarantees: a request that was not taken is told again,
// also by the next kernel; the receiver can tell that it comes from here (standardwebhooks.com: id, time and HMAC-SHA-256).

import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { type ApprovalRow, describeApproval } from './approval-row.ts';
import type { ApprovalStore } from './approval-store.ts';

export interface WebhookOptions {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly target: () => WebhookTarget | undefined;
}

export interface WebhookTarget {
  readonly url: string;
  /** Signs what is told. */
  readonly secret: string;
  /** Where and with which token a person answers a request; nothing where the kernel cannot be reached. */
  answerTo(row: ApprovalRow): { readonly url: string; readonly token: string } | undefined;
}

const timeoutMs = 10_000;
const firstDelayMs = 1000;
const longestDelayMs = 300_000;

export class Webhook implements AsyncDisposable {
  readonly #options: WebhookOptions;
  readonly #closing = new AbortController();
  readonly #cancels = new Map<number, () => void>();
  readonly #sending = new Set<Promise<void>>();

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Tells of a request, now and again until somebody takes it or it does not wait any more. */
  tell(id: number, delayMs = firstDelayMs): void {
    if (this.#closing.signal.aborted || this.#options.target() === undefined) return;
    const sending = this.#tell(id, delayMs).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const cancel of this.#cancels.values()) cancel();
    await Promise.allSettled(this.#sending);
  }

  async #tell(id: number, delayMs: number): Promise<void> {
    const { store, clock, logger, target } = this.#options;
    const receiver = target();
    try {
      const row = await store.find(id);
      if (receiver === undefined || row?.state !== 'pending' || row.notified_at !== null) return;
      await this.#send(receiver, row);
      await store.markNotified(id, clock.now());
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      logger.warn(
        { error, approval: id },
        'the webhook for approvals could not be reached; it is tried again',
      );
      const again = () => {
        this.#cancels.delete(id);
        this.tell(id, Math.min(delayMs * 2, longestDelayMs));
      };
      this.#cancels.set(id, clock.after(delayMs, again));
    }
  }

  async #send({ url, secret, answerTo }: WebhookTarget, row: ApprovalRow): Promise<void> {
    const timestamp = Math.floor(this.#options.clock.now() / 1000);
    const id = `approval_${row.id}`;
    const body = JSON.stringify({
      type: 'approval.requested',
      timestamp: new Date(timestamp * 1000).toISOString(),
      data: describeApproval(row),
      answer: answerTo(row),
    });
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(`${id}.${timestamp}.${body}`, secret),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  }
}

/** As standardwebhooks.com says: the secret is base64 after `whsec_`, or else taken as it is. */
function signatureOf(content: string, secret: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}
