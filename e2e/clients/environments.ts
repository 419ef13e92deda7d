import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The environments of the programs in `pypi/`, each with a requirements file of the same name. */
export const pythonEnvironments = [
  'official-clients',
  'autogen-0.2',
  'autogen-0.7',
  'openai-agents',
  'langgraph',
  'smolagents',
] as const;
export type PythonEnvironment = (typeof pythonEnvironments)[number];

const folder = import.meta.dirname;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aios', 'clients');

/** Where the packages of a lock or requirements file are kept; another folder whenever the file changes. */
function place(name: string, file: string): string {
  const hash = createHash('sha256')
    .update(`${process.platform} ${process.arch} ${process.versions.modules}\n`)
    .update(readFileSync(file))
    .digest('hex');
  return join(cache, `${name}-${hash.slice(0, 16)}`);
}

export const npm = {
  programs: join(folder, 'npm'),
  /** Where Node.js and editors look for the packages of the programs. */
  link: join(folder, 'npm', 'node_modules'),
  place: place('npm', join(folder, 'npm', 'package-lock.json')),
};

export const pypi = {
  programs: join(folder, 'pypi'),
  requirements: (name: PythonEnvironment) => join(folder, 'pypi', `${name}.txt`),
  place: (name: PythonEnvironment) => place(name, join(folder, 'pypi', `${name}.txt`)),
  python: (name: PythonEnvironment) => join(pypi.place(name), 'bin', 'python'),
};

/** Vocabularies of tiktoken by the names that it looks for, so that it need not download them. */
export const tiktokenFolder = `${npm.place}-tiktoken`;

/** Whether everything was set up by `npm run clients`, and for this working copy. */
export function areSetUp(): true | undefined {
  const places = [npm.place, npm.link, tiktokenFolder, ...pythonEnvironments.map(pypi.place)];
  if (!places.every((path) => existsSync(path))) return undefined;
  return realpathSync(npm.link) === realpathSync(join(npm.place, 'node_modules')) || undefined;
}
