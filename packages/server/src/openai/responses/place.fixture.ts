import { createLogger } from '@aios/kernel';
import { type OpenAiServer, type Script, vendorServers } from '@aios/testing';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import OpenAI from 'openai';
import { startServer } from '../../server.ts';

export interface Place extends AsyncDisposable {
  /** The official client with the operator’s token. */
  readonly client: OpenAI;
  readonly installation: Installation;
  readonly upstream: OpenAiServer;
  /** The official client with a key of its own. */
  clientOf(key: { user?: string; permissions?: string[] }): Promise<OpenAI>;
  /** Boots the kernel anew and serves it; earlier clients reach nobody any more. */
  reboot(): Promise<void>;
}

/** An installation whose only model is one of a vendor that speaks for a scripted model, served over HTTP. */
export async function openPlace(
  script: Script,
  vendor: 'openai' | 'openai-responses' | 'anthropic' | 'gemini' = 'openai',
): Promise<Place> {
  await using starting = new AsyncDisposableStack();
  const models = [{ name: 'known' }];
  const upstream = starting.use(
    await vendorServers[vendor === 'openai-responses' ? 'openai' : vendor]({ script, models }),
  );
  const model = { name: 'house', backend: vendor, model: 'known', hostname: upstream.baseUrl, api_key: 'k' };
  const installation = starting.use(
    await bootInstallation({ config: JSON.stringify({ llms: { models: [model], retries: 0 } }) }),
  );
  let clientWith = await serve();
  let client = clientWith(installation.token);
  const running = starting.move();
  return {
    installation,
    upstream,
    get client() {
      return client;
    },
    async clientOf(key) {
      const { session } = installation;
      const { token } = await session.call('key.create', { name: 'test', ...key });
      return clientWith(token);
    },
    async reboot() {
      await installation.reboot();
      clientWith = await serve(running);
      client = clientWith(installation.token);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  async function serve(stack = starting) {
    const logger = createLogger('silent');
    const server = await startServer({ kernel: installation.kernel, port: 0, logger });
    stack.defer(() => server.close({ drainMs: 0 }));
    return (apiKey: string) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
  }
}
