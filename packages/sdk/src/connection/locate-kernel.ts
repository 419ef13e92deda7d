import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AiosError, type KernelInfo, kernelInfo } from '@aios/protocol';

const defaultUrl = 'http://127.0.0.1:8000';

/** The folder that holds an installation: the argument, else AIOS_HOME, else `~/.aios`. Absolute. */
export function resolveHome(home?: string, env: NodeJS.ProcessEnv = process.env): string {
  const wanted = (home ?? env.AIOS_HOME ?? '').trim() || '~/.aios';
  return resolve(wanted.replace(/^~(?=\/|$)/, homedir()));
}

export function credentialsFile(home: string): string {
  return join(home, 'credentials');
}

/** Says where the kernel of a home answers; undefined when none runs there. A crash may have left an old answer. */
export async function readKernelInfo(home: string): Promise<KernelInfo | undefined> {
  const text = await readIfThere(join(home, 'kernel.json'));
  return text === undefined ? undefined : kernelInfo.safeParse(parseJson(text)).data;
}

/** Where to find a kernel and with which token: as given, else from the home that is given, the environment, the usual home. */
export async function locateKernel(options: { url?: string; token?: string; home?: string }) {
  const home = resolveHome(options.home);
  const { AIOS_URL, AIOS_TOKEN } = options.home === undefined ? process.env : {};
  const url = options.url || AIOS_URL || (await readKernelInfo(home))?.url || usualUrl(process.env);
  const token = options.token || AIOS_TOKEN || (await readIfThere(credentialsFile(home)))?.trim();
  return { url: parseUrl(url), token, home };
}

/** Where a kernel listens that says nowhere else where it is: port 8000 of this machine, or AIOS_PORT. */
function usualUrl({ AIOS_PORT: port = '' }: NodeJS.ProcessEnv): string {
  if (!/^[1-9]\d{0,4}$/.test(port)) return defaultUrl;
  const url = new URL(defaultUrl);
  url.port = port;
  return url.origin;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new AiosError(
    'invalid_argument',
    `"${text}" is not the URL of a kernel. Write it like ${defaultUrl} (AIOS_URL, or the option url).`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AiosError('failed_precondition', `Cannot read ${file} (${code}). Check who may read it.`, {
      cause,
    });
  }
}
