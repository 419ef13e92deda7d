// Tokens by which whoever is told of a waiting call answers it, and nothing else. They need no record: the kernel’s own secret signs them.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token opens. */
export interface AnswerTarget {
  readonly approval: string;
  readonly tenant: string;
}

export interface AnswerTokens {
  tokenFor(target: AnswerTarget): string;
  /** Undefined for what is no such token. */
  read(token: string): AnswerTarget | undefined;
}

const form = /^aioa_(?<approval>\d{1,15})_(?<tenant>[A-Za-z0-9_-]+)\.(?<signature>[A-Za-z0-9_-]{43})$/;

/** `secret`: the operator’s token; whoever has it may do everything anyway, and a new one makes old tokens useless. */
export function createAnswerTokens(secret: string): AnswerTokens {
  const sign = ({ approval, tenant }: AnswerTarget) =>
    createHmac('sha256', secret).update(`answer approval ${approval} of ${tenant}`).digest();
  return {
    tokenFor(target) {
      const tenant = Buffer.from(target.tenant).toString('base64url');
      return `aioa_${target.approval}_${tenant}.${sign(target).toString('base64url')}`;
    },
    read(token) {
      const { approval, tenant, signature } = form.exec(token)?.groups ?? {};
      if (approval === undefined || tenant === undefined || signature === undefined) return undefined;
      const target = { approval, tenant: Buffer.from(tenant, 'base64url').toString() };
      return timingSafeEqual(sign(target), Buffer.from(signature, 'base64url')) ? target : undefined;
    },
  };
}
