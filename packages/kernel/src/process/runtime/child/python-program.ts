import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AiosError } from '@aios/protocol';
import { childEnvironment, type Program } from './program.ts';

export interface PythonProgramOptions {
  /** The Python to run: a command or a path. */
  readonly python: () => string;
  /** Folder with the module `aios_sdk`; undefined where none was offered. */
  readonly pythonPath: string | undefined;
  readonly maxHeapBytes: () => number;
  /** Where compiled code is kept. */
  readonly cacheFolder: string;
}

const oldest = { major: 3, minor: 10 };

/** The Python program that runs an agent in a file. Throws `failed_precondition` where there is no Python that can. */
export function createPythonProgram(options: PythonProgramOptions) {
  const found = new Map<string, Promise<string>>();

  /** A command may be a script that looks for the real one each time, so that is asked once. */
  function locate(python: string): Promise<string> {
    const known = found.get(python);
    if (known !== undefined) return known;
    const locating = locatePython(python).catch((error: unknown) => {
      found.delete(python);
      throw error;
    });
    found.set(python, locating);
    return locating;
  }

  return async (entry: string): Promise<Program> => {
    const { pythonPath, maxHeapBytes, cacheFolder } = options;
    if (pythonPath === undefined) {
      throw new AiosError(
        'failed_precondition',
        'This kernel was started without the SDK for Python agents.',
      );
    }
    return {
      command: await locate(options.python()),
      arguments: ['-u', '-X', 'utf8', '-m', 'aios_sdk.child', String(maxHeapBytes())],
      environment: {
        ...childEnvironment(),
        PYTHONPATH: pythonPath,
        PYTHONPYCACHEPREFIX: join(cacheFolder, 'python'),
      },
      folder: dirname(fileURLToPath(entry.replace(/\?.*$/, ''))),
    };
  };
}

async function locatePython(python: string): Promise<string> {
  const wanted = `Agents in Python need Python ${oldest.major}.${oldest.minor} or newer: install it, or name one with AIOS_PYTHON.`;
  const question = 'import sys; print(*sys.version_info[:2]); print(sys.executable)';
  const answer = await promisify(execFile)(python, ['-c', question], { env: childEnvironment() }).catch(
    (error: unknown) => {
      throw new AiosError('failed_precondition', `"${python}" cannot be started. ${wanted}`, {
        cause: error,
      });
    },
  );
  const [version = '', executable = ''] = answer.stdout.split('\n');
  const [major = 0, minor = 0] = version.split(' ').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return executable.trim();
  throw new AiosError('failed_precondition', `"${python}" is Python ${major}.${minor}. ${wanted}`);
}
