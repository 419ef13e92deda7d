import { type Script, vendorServers, type WireServer } from '@aios/testing';
import { startTestServer, type TestServer, type TestServerOptions } from './index.ts';

/** Providers of every dialect, by the name of their model at the kernel. */
export const upstreamNames = ['openai', 'anthropic', 'gemini', 'ollama'] as const;
type UpstreamName = (typeof upstreamNames)[number];

export interface TestGateway extends AsyncDisposable {
  readonly aios: TestServer;
  readonly upstreams: Readonly<Record<UpstreamName, WireServer>>;
}

const key = 'sk-upstream-0123456789';

/** A server whose models are those of vendors that speak for a scripted model; the first is the default. `vectors` makes embeddings. */
export async function startGateway(script: Script, options: TestServerOptions = {}): Promise<TestGateway> {
  await using starting = new AsyncDisposableStack();
  const start = async (name: UpstreamName) => {
    const capabilities = ['completion', 'tools', 'vision', 'thinking', 'embedding'];
    const open = name === 'ollama' ? {} : { key };
    return starting.use(
      await vendorServers[name]({ script, models: [{ name: 'known', capabilities }], ...open }),
    );
  };
  const upstreams = {
    openai: await start('openai'),
    anthropic: await start('anthropic'),
    gemini: await start('gemini'),
    ollama: await start('ollama'),
  };
  const models = upstreamNames.map((name) => ({
    name,
    backend: name,
    model: 'known',
    hostname: name === 'ollama' ? upstreams[name].origin : upstreams[name].baseUrl,
    ...(name !== 'ollama' && { api_key: key }),
  }));
  // JSON is YAML.
  const vectors = { ...models[0], name: 'vectors', capabilities: ['embed'] };
  const config = JSON.stringify({ llms: { models: [...models, vectors], retries: 0 } });
  const aios = starting.use(await startTestServer({ config, ...options }));
  const running = starting.move();
  return { aios, upstreams, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
