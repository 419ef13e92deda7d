import { AiosError } from '@aios/protocol';

/** What may be kept. Bytes are those of messages as JSON, and a little for each conversation and checkpoint. */
export interface ContextLimits {
  /** Of one conversation. */
  readonly max_bytes: number;
  /** Of one user. */
  readonly max_stored_bytes: number;
}

/** Throws `invalid_argument` for a conversation that would be too large. */
export function refuseLargeConversation(bytes: number, { max_bytes }: ContextLimits): void {
  if (bytes <= max_bytes) return;
  throw new AiosError(
    'invalid_argument',
    `With these messages the conversation has ${bytes} bytes, more than the ${max_bytes} that are kept. Go on from an ` +
      'earlier checkpoint, begin a new conversation, or raise context.max_bytes in config.yaml.',
    { details: { bytes, maxBytes: max_bytes } },
  );
}

/** Throws `quota_exceeded` where a user would have more stored than he may. */
export function refuseFullStore(storedBytes: number, { max_stored_bytes }: ContextLimits): void {
  if (storedBytes <= max_stored_bytes) return;
  throw new AiosError(
    'quota_exceeded',
    `Kept conversations of this user would have ${storedBytes} bytes, more than the ${max_stored_bytes} that are kept. ` +
      'Delete checkpoints that have labels (context.delete), or raise context.max_stored_bytes in config.yaml.',
    { details: { storedBytes, maxStoredBytes: max_stored_bytes } },
  );
}
