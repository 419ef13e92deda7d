import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { syncFolder } from './durable-file.ts';
import { unlessMissing, withFileErrors } from './file-errors.ts';

export interface Blob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

const chunkBytes = 256 * 1024;

/** Contents of file versions, in a folder by the SHA-256 of each. A content is on disk as a whole or not at all. */
export class Blobs {
  readonly #folder: string;
  readonly #unfinished: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#unfinished = join(folder, 'unfinished');
  }

  /** Makes the folder and removes what a crash left unfinished. */
  static async open(folder: string): Promise<Blobs> {
    const blobs = new Blobs(folder);
    await withFileErrors(folder, async () => {
      await rm(blobs.#unfinished, { recursive: true, force: true });
      await mkdir(blobs.#unfinished, { recursive: true, mode: 0o700 });
      await blobs.#makeFolders();
    });
    return blobs;
  }

  /** The file that holds a content. */
  fileOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256.slice(2));
  }

  async put(content: Buffer): Promise<Blob> {
    const blob = { sha256: createHash('sha256').update(content).digest('hex'), sizeBytes: content.length };
    if (await this.#has(blob)) return blob;
    const unfinished = join(this.#unfinished, randomUUID());
    try {
      await using handle = await open(unfinished, 'wx', 0o600);
      await handle.writeFile(content);
      await handle.sync();
      await this.#finish(unfinished, blob);
    } finally {
      await rm(unfinished, { force: true });
    }
    return blob;
  }

  /** Stores the content of an open file of any size. */
  async putFile(source: FileHandle): Promise<Blob> {
    const unfinished = join(this.#unfinished, randomUUID());
    try {
      await using handle = await open(unfinished, 'wx', 0o600);
      const blob = await digest(source, (chunk) => handle.writeFile(chunk));
      await handle.sync();
      if (!(await this.#has(blob))) await this.#finish(unfinished, blob);
      return blob;
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async read(sha256: string, path: string): Promise<Buffer> {
    const content = await withFileErrors(path, () => unlessMissing(() => readFile(this.fileOf(sha256))));
    if (content !== undefined) return content;
    throw new AiosError(
      'internal',
      `The content ${sha256} of a version of ${path} is missing from the blob folder. Restore it from a backup.`,
    );
  }

  /** Makes the 256 folders once, so that no write has to wait until a new one is on disk. */
  async #makeFolders(): Promise<void> {
    if ((await unlessMissing(() => stat(this.fileOf('ff')))) !== undefined) return;
    for (let byte = 0; byte < 256; byte += 1) {
      const folder = this.fileOf(byte.toString(16).padStart(2, '0'));
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await syncFolder(this.#folder);
  }

  /** Whether a content is there; if so it is on disk, be it that another write has just brought it. */
  async #has({ sha256, sizeBytes }: Blob): Promise<boolean> {
    const file = this.fileOf(sha256);
    const stats = await unlessMissing(() => stat(file));
    if (stats?.size !== sizeBytes) return false;
    await syncFolder(dirname(file));
    return true;
  }

  async #finish(unfinished: string, blob: Blob): Promise<void> {
    const file = this.fileOf(blob.sha256);
    await rename(unfinished, file);
    await syncFolder(dirname(file));
  }
}

/** Reads an open file from its beginning, handing on each chunk, and says what it was. */
export async function digest(file: FileHandle, onChunk?: (chunk: Buffer) => Promise<void>): Promise<Blob> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunkBytes);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, sizeBytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await onChunk?.(chunk);
    sizeBytes += bytesRead;
  }
}
