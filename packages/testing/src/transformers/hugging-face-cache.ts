import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realComponent } from '../real-component.ts';

/** A model to write. */
export type CachedModel =
  | {
      readonly name: string;
      /** Says the pieces, each a token, of the first reply whose words stand in the conversation; `''` always do. */
      readonly kind: 'scripted';
      readonly replies: readonly {
        readonly when: string;
        readonly pieces: readonly string[];
        /** Begins anew instead of ending. */
        readonly endless?: boolean;
      }[];
      /** Jinja that its chat template begins with. */
      readonly refusal?: string;
      /** Has no chat template; says its first reply. */
      readonly plain?: true;
      readonly contextTokens?: number;
    }
  /** Random weights: writes bytes that mean nothing, or makes embeddings. */
  | { readonly name: string; readonly kind: 'random' | 'encoder'; readonly contextTokens?: number };

export interface HuggingFaceCache extends AsyncDisposable {
  /** The Python that has transformers. */
  readonly python: string;
  /** What HF_HOME is to be. */
  readonly home: string;
}

const run = promisify(execFile);
const neededModules = "['torch', 'transformers', 'jinja2']";
const lookForModules = `import sys, importlib.util; sys.exit(not all(map(importlib.util.find_spec, ${neededModules})))`;

/**
 * Writes models into a cache in a temporary folder. Needs the Python of AIOS_PYTHON, else `python3`, with torch and
 * transformers; undefined, and said so, where they are missing.
 */
export async function startHuggingFaceCache(
  models: readonly CachedModel[],
): Promise<HuggingFaceCache | undefined> {
  const python = realComponent(
    'Python with torch and transformers',
    await findPython(),
    'Set AIOS_PYTHON to what .ci/install-transformers prints.',
  );
  if (python === undefined) return undefined;
  const home = await mkdtemp(join(tmpdir(), 'aios-hugging-face-'));
  const remove = () => rm(home, { recursive: true, force: true });
  try {
    const program = join(import.meta.dirname, 'write_models.py');
    await run(python, [program, join(home, 'hub'), JSON.stringify(models)]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { python, home, [Symbol.asyncDispose]: remove };
}

async function findPython(): Promise<string | undefined> {
  const python = process.env.AIOS_PYTHON?.trim() || 'python3';
  try {
    await run(python, ['-c', lookForModules]);
    return python;
  } catch {
    // There is no such Python, or it lacks something: either way there is none to test with.
    return undefined;
  }
}
