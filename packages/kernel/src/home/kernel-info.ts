import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KernelInfo, kernelInfo } from '@aios/protocol';
import { errorCodeOf, fileError } from '../config/index.ts';

/** Undefined when no kernel runs on the home, or it does not listen yet. */
export async function readKernelInfo(home: string): Promise<KernelInfo | undefined> {
  const path = pathOf(home);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(error, 'Cannot read', path);
  }
  const parsed = kernelInfo.safeParse(jsonOf(text));
  return parsed.success && isAlive(parsed.data.osPid) ? parsed.data : undefined;
}

export async function writeKernelInfo(home: string, info: KernelInfo): Promise<void> {
  const path = pathOf(home);
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(info, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    throw fileError(error, 'Cannot write', path);
  }
}

export async function removeKernelInfo(home: string): Promise<void> {
  const path = pathOf(home);
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError(error, 'Cannot remove', path);
  }
}

function pathOf(home: string): string {
  return join(home, 'kernel.json');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Written by something else; the same as no information.
    return undefined;
  }
}

function isAlive(osPid: number): boolean {
  try {
    process.kill(osPid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return errorCodeOf(error) === 'EPERM';
  }
}
