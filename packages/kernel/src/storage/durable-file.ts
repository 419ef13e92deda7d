import { open } from 'node:fs/promises';

/** Waits until a folder’s entries are on disk; after a rename the new name survives a power failure only then. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
