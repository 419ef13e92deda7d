import { hash, randomBytes } from 'node:crypto';

// A token is `aios_ID_SECRET`: the id finds the key, and 32 random bytes make the secret, which nobody guesses, so that one
// round of SHA-256 is enough to keep it (no person chose it, there is no dictionary of such).

const secretBytes = 32;
const idBytes = 9;
const form = /^aios_(?<id>[A-Za-z0-9-]{12})_[A-Za-z0-9_-]{43}$/;

export function createToken(): { id: string; token: string } {
  const id = randomBytes(idBytes).toString('base64url').replaceAll('_', '-');
  return { id, token: `aios_${id}_${randomBytes(secretBytes).toString('base64url')}` };
}

/** The id in a token; undefined where it has not the form of one. */
export function idIn(token: string): string | undefined {
  return form.exec(token)?.groups?.id;
}

export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
