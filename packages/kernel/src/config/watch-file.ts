import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../telemetry/index.ts';
import { errorCodeOf } from './file-error.ts';

/** An editor that saves writes, renames and changes the mode; this long after the last of it the file is read. */
const settleMs = 40;

/**
 * Calls back after the file may have changed. Watches folders and not the file, because editors and `replaceFile` put a new
 * file in its place; for a symbolic link also the folder of the file that it names. The file may come to be later.
 */
export function watchFile(path: string, logger: Logger, onChange: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  for (const file of new Set([path, targetOf(path)])) {
    try {
      const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
        if (name !== null && name !== basename(file)) return;
        clearTimeout(timer);
        timer = setTimeout(onChange, settleMs);
        timer.unref();
      });
      watcher.on('error', (error) => logger.warn({ error: error.message, file }, notWatched));
      watchers.push(watcher);
    } catch (error) {
      logger.warn({ error: String(error), file }, notWatched);
    }
  }
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return path;
    throw error;
  }
}

const notWatched = 'the configuration file is not watched; after a change call kernel.refresh';
