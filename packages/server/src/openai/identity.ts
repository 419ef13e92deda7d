import { randomBytes } from 'node:crypto';

/** What every object of a reply begins with. */
export interface ReplyIdentity {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** As the client called it: clients compare. */
  readonly model: string;
}

export function newIdentity(prefix: string, model: string): ReplyIdentity {
  return {
    id: `${prefix}-${randomBytes(16).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    model,
  };
}
