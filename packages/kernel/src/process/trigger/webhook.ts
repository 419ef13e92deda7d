import { createHmac, timingSafeEqual } from 'node:crypto';
import { AiosError, type JsonValue, jsonValue } from '@aios/protocol';

/** A request that a sender of webhooks made. */
export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** A signature that covers its time must not be older or newer than this (Standard Webhooks). */
const toleranceSeconds = 300;

/**
 * Throws `unauthenticated` unless the sender knows the secret. Two forms are known: GitHub’s `X-Hub-Signature-256`, an HMAC of
 * the body (docs.github.com, "Validating webhook deliveries"), and that of Standard Webhooks (standardwebhooks.com), an HMAC
 * of id, time and body.
 */
export function checkSignature({ headers, body }: WebhookRequest, secret: string, now: number): void {
  const github = headers['x-hub-signature-256'];
  if (github !== undefined) {
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    if (isSame(github, expected)) return;
    throw refused('X-Hub-Signature-256 does not fit the body and the secret.');
  }
  const standard = headers['webhook-signature'];
  if (standard === undefined) throw refused('It carries neither X-Hub-Signature-256 nor webhook-signature.');
  checkStandard({ headers, body }, standard, secret, now);
}

function checkStandard(
  { headers, body }: WebhookRequest,
  signatures: string,
  secret: string,
  now: number,
): void {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = headers;
  const ageSeconds = Math.abs(now / 1000 - Number(timestamp));
  if (!(ageSeconds <= toleranceSeconds))
    throw refused('webhook-timestamp is not within five minutes of now.');
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  if (signatures.split(' ').some((signature) => isSame(signature, `v1,${signed}`))) return;
  throw refused('webhook-signature does not fit id, time, body and secret.');
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function refused(why: string): AiosError {
  return new AiosError('unauthenticated', `The webhook is not signed as it must be. ${why}`);
}

/** What the sender calls the delivery, the same when it repeats it; undefined where it does not say. */
export function deliveryOf({ headers }: WebhookRequest): string | undefined {
  return headers['x-github-delivery'] ?? headers['webhook-id'] ?? headers['idempotency-key'];
}

/** What the agent is told of it: JSON as what it says, anything else as text. */
export function webhookEvent({ headers, body }: WebhookRequest, delivery: string): JsonValue {
  const event = headers['x-github-event'];
  return {
    kind: 'webhook',
    delivery,
    ...(event !== undefined && { event }),
    body: contentOf(headers['content-type'] ?? '', body.toString('utf8')),
  };
}

function contentOf(type: string, text: string): JsonValue {
  if (!/[/+]json\b/.test(type)) return text;
  try {
    return jsonValue.parse(JSON.parse(text));
  } catch (error) {
    throw new AiosError('invalid_argument', 'The body says that it is JSON, and is not.', { cause: error });
  }
}
