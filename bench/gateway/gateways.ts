import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelNodeOptions } from '@aios/cli/kernel-node-options';
import { freePort } from '@aios/testing/free-port';
import { type Child, firstUrl, startChild } from './child.ts';
import { type Peers, serverOf } from './peers.ts';

/** Something between the load generator and the mock. */
export interface Gateway extends AsyncDisposable {
  readonly name: 'direct' | 'proxy' | 'aios' | 'portkey' | 'litellm';
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for the mock itself. */
  readonly child?: Child;
}

const root = join(import.meta.dirname, '..', '..');
const path = '/v1/chat/completions';
const models = ['mock', 'mock-slow', 'mock-paced', 'mock-brief', 'mock-tools'];

export function direct(url: string): Gateway {
  return { name: 'direct', url, path, headers: {}, [Symbol.asyncDispose]: async () => undefined };
}

export async function startProxy(upstream: string): Promise<Gateway> {
  const child = startChild(1, process.execPath, [join(import.meta.dirname, 'proxy.ts'), upstream], {
    ipc: true,
  });
  return {
    name: 'proxy',
    url: await firstUrl(child),
    path,
    headers: {},
    child,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** `aios up`, as a user starts it. */
export async function startAios(upstream: string): Promise<Gateway> {
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-'));
  const entries = models.map((name) => ({
    name,
    backend: 'vllm',
    hostname: `${upstream}/v1`,
    concurrency: 512,
  }));
  await writeFile(join(home, 'config.yaml'), JSON.stringify({ llms: { models: entries } }));
  const { PATH } = process.env;
  const args = [...kernelNodeOptions, join(root, 'packages/cli/bin/aios.mjs'), 'up', '--port', '0'];
  const child = startChild(1, process.execPath, args, {
    env: { PATH, HOME: home, AIOS_HOME: home, OLLAMA_HOST: 'http://127.0.0.1:9' },
    ipc: true,
  });
  const url = await firstUrl(child);
  const token = (await readFile(join(home, 'credentials'), 'utf8')).trim();
  return {
    name: 'aios',
    url,
    path,
    headers: { authorization: `Bearer ${token}` },
    child,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export async function startPortkey(upstream: string, peers: Peers): Promise<Gateway | undefined> {
  const server = serverOf(peers.portkey);
  if (server === undefined) return undefined;
  const port = await freePort();
  const child = startChild(1, process.execPath, [server, `--port=${port}`, '--headless'], {
    // Portkey refuses private addresses as upstreams unless told.
    env: { PATH: process.env.PATH, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
    ipc: false,
  });
  const headers = {
    authorization: 'Bearer key',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
  };
  return await ready({ name: 'portkey', url: `http://127.0.0.1:${port}`, path, headers, child });
}

export async function startLiteLlm(upstream: string, peers: Peers): Promise<Gateway | undefined> {
  const program = serverOf(peers.litellm);
  if (program === undefined) return undefined;
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-litellm-'));
  const list = models.map((name) => ({
    model_name: name,
    litellm_params: { model: `openai/${name}`, api_base: `${upstream}/v1`, api_key: 'key' },
  }));
  const config = { model_list: list, general_settings: { master_key: 'sk-bench' } };
  await writeFile(join(home, 'config.yaml'), JSON.stringify(config));
  const port = await freePort();
  const child = startChild(
    1,
    program,
    [
      '--config',
      join(home, 'config.yaml'),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--num_workers',
      '1',
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        DISABLE_ADMIN_UI: 'True',
        LITELLM_TELEMETRY: 'False',
      },
      ipc: false,
    },
  );
  const gateway = await ready({
    name: 'litellm',
    url: `http://127.0.0.1:${port}`,
    path,
    headers: { authorization: 'Bearer sk-bench' },
    child,
  });
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const readyWithinMs = 60_000;

/** Waits until a gateway passes a request on. */
async function ready(gateway: Omit<Gateway, keyof AsyncDisposable> & { child: Child }): Promise<Gateway> {
  const { url, headers, child } = gateway;
  const body = JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Hello' }] });
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  const until = performance.now() + readyWithinMs;
  let said = 'nothing';
  while (performance.now() < until && child.process.exitCode === null) {
    try {
      const response = await fetch(url + path, init);
      const text = await response.text();
      if (response.ok) return { ...gateway, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
      said = `${response.status} ${text.slice(0, 300)}`;
    } catch (error) {
      said = String(error);
    }
    await sleep(300);
  }
  await child[Symbol.asyncDispose]();
  throw new Error(`${gateway.name} did not become ready; last it said: ${said}`);
}
