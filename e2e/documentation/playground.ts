import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cleanEnvironment } from '../kernel-process.ts';
import { root } from './pages.ts';

const offlineConfig = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';
const main = join(root, 'packages', 'cli', 'bin', 'aios.mjs');

/** The programs that the examples call, made to work here: on this checkout and on the kernel’s real port. */
const programs = {
  npx: `[ "$1" = aios ] || { echo "only npx aios stands in the documentation"; exit 1; }
shift
exec "$AIOS_TEST_NODE" "${main}" "$@"`,
  npm: `exec "$AIOS_TEST_NPM" --prefix "${root}" "$@"`,
  curl: `url=$(sed -n 's/.*"url": "\\(.*\\)".*/\\1/p' "$HOME/.aios/kernel.json")
exec "$AIOS_TEST_CURL" "\${@//http:\\/\\/127.0.0.1:8000/$url}"`,
};

export interface Finished {
  readonly code: number | null;
  /** Standard output and standard error, one after the other. */
  readonly printed: string;
}

/** A person’s machine: a home of their own, this project’s documents in the working folder, an offline model. */
export interface Playground extends AsyncDisposable {
  /** The home of the installation, ~/.aios of this machine. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command in a folder that belongs to one page. */
  run(page: string, command: string, args: readonly string[]): Promise<Finished>;
  /** Writes a file into the folder of a page. */
  write(page: string, name: string, content: string): Promise<void>;
}

export async function createPlayground(): Promise<Playground> {
  const machine = await mkdtemp(join(tmpdir(), 'aios-documentation-'));
  const home = join(machine, '.aios');
  const bin = join(machine, 'bin');
  await mkdir(home, { mode: 0o700 });
  await mkdir(bin);
  await writeFile(join(home, 'config.yaml'), offlineConfig);
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/usr/bin/env bash\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const path = process.env.PATH ?? '';
  const { AIOS_HOME: _, ...clean } = cleanEnvironment(home);
  const env = {
    ...clean,
    HOME: machine,
    AIOS_PORT: '0',
    PATH: [bin, join(root, 'node_modules', '.bin'), path].join(delimiter),
    AIOS_TEST_NODE: process.execPath,
    AIOS_TEST_NPM: await which('npm'),
    AIOS_TEST_CURL: await which('curl'),
  };

  const folderOf = async (page: string) => {
    const folder = join(machine, page.replaceAll(/\W/g, '-'));
    await mkdir(folder, { recursive: true });
    await cp(join(root, 'docs'), join(folder, 'docs'), { recursive: true });
    return folder;
  };
  return {
    home,
    env,
    async run(page, command, args) {
      return await finish(command, args, { cwd: await folderOf(page), env });
    },
    async write(page, name, content) {
      await writeFile(join(await folderOf(page), name), content);
    },
    [Symbol.asyncDispose]: () => rm(machine, { recursive: true, force: true }),
  };
}

/** A folder for TypeScript that finds the packages of this checkout, as a folder inside of it would. */
export async function createTypeScriptFolder(files: ReadonlyMap<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aios-examples-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const settings = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return folder;
}

export async function finish(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Finished> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const [printed, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exited;
  return { code: child.exitCode, printed: printed + problems };
}

async function which(program: string): Promise<string> {
  const { code, printed } = await finish('bash', ['-c', `command -v ${program}`], {
    cwd: root,
    env: process.env,
  });
  if (code !== 0) throw new Error(`The examples need ${program}, which this machine does not have.`);
  return printed.trim();
}
