import type { StdioOptions } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** The first descriptor behind those of standard input, output and error. */
export const firstChannel = 3;

/**
 * The descriptors of a child: its channels to the kernel, one on which bubblewrap tells the pid of the sandbox’s first
 * process, and data that it reads from there, so that none of it stands in its arguments or in a file.
 */
export class Descriptors {
  readonly info: number;
  readonly #contents: Uint8Array[] = [];

  constructor(channels: number) {
    this.info = firstChannel + channels;
  }

  /** The descriptor from which the child will read this, to its end. */
  add(content: Uint8Array): number {
    return this.info + this.#contents.push(content);
  }

  /** What to start the child with. In the place of `inherited` it gets `nothing`, a descriptor of /dev/null. */
  stdio(inherited: readonly number[], nothing: number): StdioOptions {
    const own = this.info + 1 + this.#contents.length;
    const count = Math.max(own, ...inherited.map((number) => number + 1));
    return Array.from({ length: count }, (_, number) => {
      if (number < own) return 'pipe';
      return inherited.includes(number) ? nothing : 'ignore';
    });
  }

  /** Writes everything to the started child. */
  async send(streams: readonly (Writable | undefined)[]): Promise<void> {
    const sent = this.#contents.map((content, index) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stream = streams[this.info + 1 + index];
      // A child that ends before it has read everything says so by its end.
      stream?.once('error', () => resolve()).once('close', resolve);
      stream?.end(content);
      return promise;
    });
    await Promise.all(sent);
  }
}

const closesOnExec = 0o2000000;

/**
 * The descriptors that a child of this process would get although nobody wants it to: those that whoever started the
 * kernel left open. Node.js opens its own so that they close, and says nothing of these.
 */
export async function inheritedDescriptors(): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc/self/fdinfo')) {
    // Descriptors come and go meanwhile; one that is gone is no danger.
    const text = await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => '');
    const flags = /^flags:\s*([0-7]+)/m.exec(text)?.[1];
    if (flags === undefined || (Number.parseInt(flags, 8) & closesOnExec) !== 0) continue;
    if (Number(name) > 2) found.push(Number(name));
  }
  return found;
}
