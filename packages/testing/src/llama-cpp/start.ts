import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { realComponent } from '../real-component.ts';
import { tinyModel } from './tiny-model.ts';

export interface LlamaServer extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234; the interface is under /v1. */
  readonly origin: string;
}

/** The folder of node-llama-cpp; undefined, with a note, where the machine has none. */
export function findLlamaCpp(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME?.trim() || join(homedir(), '.cache');
  const folder = process.env.AIOS_LLAMA_CPP?.trim() || join(cache, 'aios-ci', 'llama-cpp');
  const isThere = existsSync(join(folder, 'node_modules', 'node-llama-cpp'));
  return realComponent('llama.cpp', isThere ? folder : undefined, 'Run .ci/install-llama-cpp.');
}

/** Starts llama.cpp, in a process of its own, on a model that it writes from the seed. */
export async function startLlamaServer(folder: string, seed: number): Promise<LlamaServer> {
  const place = await mkdtemp(join(tmpdir(), 'aios-llama-'));
  const file = join(place, 'tiny.gguf');
  await writeFile(file, tinyModel(seed));
  const child = fork(join(import.meta.dirname, 'llama-server-main.ts'), [folder, file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (first === undefined) {
    await rm(place, { recursive: true, force: true });
    throw new Error(`llama.cpp ended with code ${child.exitCode} before it served.`);
  }
  const { port } = z.object({ port: z.number() }).parse(first[0]);
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      await rm(place, { recursive: true, force: true });
    },
  };
}
