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

/** Becomes a process whose options suit a kernel, where this one is to be a kernel and could not be given them. */
async function replaceByKernel() {
  const { kernelNodeOptions } = await import('../src/kernel-node-options.ts');
  const isSet = kernelNodeOptions.some((option) => process.execArgv.includes(option));
  // A channel to a parent does not outlive the replacement; such a parent gives the options itself.
  if (isSet || process.send !== undefined || process.platform === 'win32') return;
  const args = [process.execPath, ...kernelNodeOptions, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, process.env);
}

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'aios'));
  if (process.argv[2] === 'up') await replaceByKernel();
  await import('../src/main.ts');
} else {
  runOnOwnNode();
}
