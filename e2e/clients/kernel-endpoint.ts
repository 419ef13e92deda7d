import { createLogger } from '@aios/kernel';
import type { EventOf } from '@aios/protocol';
import { startServer } from '@aios/server';
import { bootInstallation, installAgent } from '@aios/testing/installation';
import { type Endpoint, embeddingModel, keys, variables } from './endpoint.ts';
import { geminiModel, type Vendors } from './vendors.ts';

export type SettledEvent = EventOf<'syscall-settled'>;

/** The kernel between the programs and the vendors, with one model behind each vendor’s format. */
export interface KernelEndpoint extends Endpoint {
  /** The calls that were settled since this was asked last. */
  takeSettled(): SettledEvent[];
}

/** A process that may ask models and waits until it is killed. */
const brokeAgent = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'broke',
  permissions: ['llm.chat'],
  run: (_input, _aios, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
});
`;

const models = ['on-openai', 'on-responses', 'on-anthropic', 'on-gemini', 'on-ollama'];

function config({ openai, anthropic, gemini, ollama }: Vendors): string {
  const entries = [
    ['on-openai', 'openai', openai.baseUrl],
    ['on-responses', 'openai-responses', openai.baseUrl],
    ['on-anthropic', 'anthropic', anthropic.baseUrl],
    ['on-gemini', 'gemini', gemini.baseUrl, geminiModel],
    ['on-ollama', 'ollama', ollama.origin],
  ].map(([name, backend, hostname, model = 'orders-model']) => ({
    name,
    backend,
    hostname,
    model,
    api_key: keys.right,
  }));
  const other = (name: string, capabilities: string[]) => ({
    name,
    backend: 'openai-compatible',
    hostname: openai.baseUrl,
    api_key: keys.right,
    capabilities,
  });
  return JSON.stringify({
    llms: {
      models: [...entries, other('busy', ['chat', 'stream']), other(embeddingModel, ['embed'])],
      retries: 0,
      breaker: { failures: 1000, failure_rate: 1, window: 1000 },
    },
  });
}

export async function startKernel(vendors: Vendors): Promise<KernelEndpoint> {
  await using starting = new AsyncDisposableStack();
  const installation = starting.use(await bootInstallation({ config: config(vendors) }));
  const { kernel, session } = installation;
  const server = await startServer({ kernel, port: 0, logger: createLogger('silent') });
  starting.defer(() => server.close({ drainMs: 0 }));
  const { token } = await session.call('key.create', { name: 'programs' });
  await installAgent(installation.home, 'broke', brokeAgent);
  const { pid } = await session.call('process.spawn', { agent: 'broke', budget: { tokens: 1 } });
  const broke = await session.call('key.create', { name: 'broke', pid });
  let settled: SettledEvent[] = [];
  const listening = kernel.events.subscribe((event) => {
    if (event.type === 'syscall-settled') settled.push(event);
  });
  starting.defer(() => listening[Symbol.dispose]());
  const running = starting.move();
  return {
    environment: variables({
      openai: `${server.url}/v1`,
      anthropic: server.url,
      gemini: server.url,
      key: token,
      brokeKey: broke.token,
      models,
      hasFunctions: true,
    }),
    models,
    listed: [...models, 'busy', embeddingModel],
    wrongGoogleKey: 401,
    takeSettled() {
      const taken = settled;
      settled = [];
      return taken;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
