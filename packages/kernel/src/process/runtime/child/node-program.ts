import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, type Program } from './program.ts';

export interface NodeProgramOptions {
  /** Bound of the heap of one child. */
  readonly maxHeapBytes: () => number;
  /** Where compiled code is kept from child to child; it more than halves the work of a start. */
  readonly cacheFolder: string;
  /** Modules that agents may import although their folder has no copy: specifier to URL. */
  readonly offeredImports: Readonly<Record<string, string>>;
}

const childMain = fileURLToPath(import.meta.resolve('@aios/host/child'));

/** The Node.js program that runs an agent in a file. */
export function createNodeProgram({ maxHeapBytes, cacheFolder, offeredImports }: NodeProgramOptions) {
  return (entry: string): Program => ({
    command: process.execPath,
    arguments: [
      `--max-old-space-size=${Math.ceil(maxHeapBytes() / 2 ** 20)}`,
      '--disable-warning=ExperimentalWarning',
      childMain,
      JSON.stringify({ offeredImports }),
    ],
    environment: { ...childEnvironment(), NODE_COMPILE_CACHE: cacheFolder },
    folder: dirname(fileURLToPath(entry.replace(/\?.*$/, ''))),
  });
}
