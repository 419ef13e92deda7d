#!/usr/bin/env node
// The `aios` command. Plain JavaScript, because it may be started by an older Node: then it runs itself again on the Node
// that the checkout brings along.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededMajor = 24;
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The Node of the dependency `node`, wherever npm has put it. */
function ownNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return [join(root, 'node_modules', 'node', 'bin', name), join(root, 'node_modules', '.bin', name)].find(
    existsSync,
  );
}

function runOnOwnNode() {
  const node = ownNode();
  if (!node) {
    console.error(
      `aios needs Node ${neededMajor} or newer; this is ${process.version}, and its own is not installed.`,
    );
    console.error(`Run "npm install" in ${root}, then try again.`);
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A Ctrl-C in a terminal reaches the child by itself; this process only waits for it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'aios'));
  await import('../src/main.ts');
} else {
  runOnOwnNode();
}
