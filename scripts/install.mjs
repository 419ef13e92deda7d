// Installs what is missing before `npm start`, `npm test` and `npm run check`. Plain JavaScript on purpose: it
// runs on the machine's own Node (20 or newer), before Node 24 and TypeScript sources can be used.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const runtime = join(root, 'node_modules', '.bin', 'node');

/** npm writes node_modules/.package-lock.json last, so a file older than the lock means an unfinished or old install. */
function isInstalled() {
  if (!existsSync(installed) || !existsSync(runtime)) return false;
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const wanted = packagesOf(lock);
  const present = packagesOf(installed);
  // What is optional may be missing: it is for other platforms. The workspaces themselves are no packages of node_modules.
  const isThere = ([path, entry]) =>
    entry.optional === true || !path.startsWith('node_modules/') || present[path] !== undefined;
  return (
    Object.entries(present).every(([path, entry]) => wanted[path]?.version === entry.version) &&
    Object.entries(wanted).every(isThere)
  );
}

if (!isInstalled()) {
  console.error('Installing dependencies (once; about half a minute)…');
  const npm = process.env.npm_execpath;
  const [command, ...prefix] = npm ? [process.execPath, npm] : ['npm'];
  const args = [...prefix, 'ci', '--include=dev', '--loglevel=error', '--no-fund', '--no-audit'];
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error('Could not install the dependencies: see npm’s message above, then run the command again.');
    process.exit(result.status ?? 1);
  }
}
