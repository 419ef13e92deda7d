// Installs what the programs of npm/ and pypi/ need, into the cache of the user: `npm run clients`. What is there already
// stays, so that a second run does nothing.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { npm, type PythonEnvironment, pypi, pythonEnvironments, tiktokenFolder } from './environments.ts';
import { writeVocabularies } from './tiktoken-vocabularies.ts';

const run = promisify(execFile);
const uvVersion = '0.13.9';

/** Makes a folder whole or not at all, however many runs do it at the same time. */
async function make(place: string, build: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(place)) return;
  const began = performance.now();
  await mkdir(dirname(place), { recursive: true });
  const folder = await mkdtemp(`${place}.building-`);
  try {
    await build(folder);
    await rename(folder, place).catch((error: unknown) => {
      // Another run was faster.
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${place} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function installNpm(folder: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(npm.programs, file), join(folder, file));
  }
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

async function linkNpm(): Promise<void> {
  const fresh = `${npm.link}.${process.pid}`;
  await symlink(join(npm.place, 'node_modules'), fresh);
  await rename(fresh, npm.link);
}

/** The program of a Python 3.11, which all of these frameworks accept. */
async function findPython(): Promise<string> {
  for (const program of ['python3.11', 'python3', 'python']) {
    const version = await run(program, [
      '-c',
      'import sys; print(*sys.version_info[:2], sys.executable)',
    ]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    if (version.startsWith('3 11 ')) return version.slice('3 11 '.length);
  }
  throw new Error('Python 3.11 was not found as python3.11 or python3. Install it, with its venv module.');
}

function installPython(name: PythonEnvironment, python: string, uv: string) {
  return async (folder: string) => {
    await run(uv, ['venv', '--quiet', '--relocatable', '--allow-existing', '--python', python, folder]);
    const install = ['pip', 'install', '--quiet', '--no-deps', '--compile-bytecode'];
    const from = ['--requirement', pypi.requirements(name)];
    await run(uv, [...install, '--python', join(folder, 'bin', 'python'), ...from]);
  };
}

await make(npm.place, installNpm);
await make(tiktokenFolder, (folder) => writeVocabularies(join(npm.place, 'node_modules'), folder));
await linkNpm();
if (pythonEnvironments.some((name) => !existsSync(pypi.place(name)))) {
  const python = await findPython();
  const tools = join(dirname(npm.place), `uv-${uvVersion}`);
  await make(tools, async (folder) => {
    await run(python, ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `uv==${uvVersion}`]);
  });
  for (const name of pythonEnvironments) {
    await make(pypi.place(name), installPython(name, python, join(tools, 'bin', 'uv')));
  }
}
