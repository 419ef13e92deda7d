import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { errorCodeOf, fileError } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';

const tokenBytes = 32;
/** Long enough that nobody guesses it, and nothing that a header could not carry. */
const tokenForm = /^[\x21-\x7e]{32,512}$/;

/** The token of an installation, for a client on the same machine; undefined where none was made yet. */
export async function readCredentials(home: string): Promise<string | undefined> {
  const path = pathOf(home);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'Cannot read', path);
  }
  const token = text.trim();
  if (tokenForm.test(token)) return token;
  throw new AiosError(
    'failed_precondition',
    `${path} must hold the token alone on one line (at least 32 visible characters) and does not. Delete it and restart the kernel to get a new token.`,
    { disposition: 'operator' },
  );
}

/** Reads the token, or makes it at first boot. Others on the machine lose access to the file if they had it. */
export async function openCredentials(home: string, logger: Logger): Promise<string> {
  const token = await readCredentials(home);
  if (token === undefined) return await createCredentials(home);
  await tighten(pathOf(home), logger);
  return token;
}

async function createCredentials(home: string): Promise<string> {
  const token = randomBytes(tokenBytes).toString('base64url');
  const path = pathOf(home);
  // By way of another name, so that no crash and no full disk leaves half a token.
  const temporary = join(home, `.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${token}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch((failure: unknown) => {
      throw fileError(failure, 'Cannot remove', temporary);
    });
    throw fileError(error, 'Cannot write', path);
  }
  return token;
}

async function tighten(path: string, logger: Logger): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    await chmod(path, 0o600);
    logger.warn(
      `${path} could be read by others on this machine (mode ${mode.toString(8)}); it is closed to them now. If that matters, delete it and restart to get a new token.`,
    );
  } catch (error) {
    throw fileError(error, 'Cannot close to others', path);
  }
}

function pathOf(home: string): string {
  return join(home, 'credentials');
}
