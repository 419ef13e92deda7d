import {
  type Script,
  startAnthropicServer,
  startGeminiServer,
  startOllamaServer,
  startOpenAiServer,
  type WireServer,
} from '@aios/testing';
import OpenAI from 'openai';
import type { ServerLimits } from '../limits.ts';
import { startTestServer, type TestServer } from '../test-support/index.ts';

export const upstreams = ['gpt', 'claude', 'gemini', 'llama'] as const;
type Upstream = (typeof upstreams)[number];

/** An installation whose models are the vendors’ servers of packages/testing, all of which speak for one script. */
export interface Gateway extends AsyncDisposable, Pick<TestServer, 'kernel' | 'token' | 'url' | 'nextOf'> {
  readonly servers: Readonly<Record<Upstream, WireServer>>;
  /** OpenAI’s official client, which tries once only unless told otherwise. */
  client(options?: { apiKey?: string; maxRetries?: number; headers?: Record<string, string> }): OpenAI;
  /** Requests that clients have sent so far. */
  readonly sent: { count: number };
}

export async function startGateway(script: Script, limits: Partial<ServerLimits> = {}): Promise<Gateway> {
  await using starting = new AsyncDisposableStack();
  const servers = {
    gpt: starting.use(await startOpenAiServer({ script })),
    claude: starting.use(await startAnthropicServer({ script })),
    gemini: starting.use(await startGeminiServer({ script })),
    llama: starting.use(
      await startOllamaServer({
        script,
        models: [
          { name: 'llama', capabilities: ['completion', 'tools', 'vision'] },
          { name: 'nomic-embed', capabilities: ['embedding'] },
        ],
      }),
    ),
  };
  const entry = (name: string, backend: string, url: string, rest = '') =>
    `    - { name: ${name}, backend: ${backend}, hostname: "${url}", api_key: k, concurrency: 4${rest} }\n`;
  const entries = [
    entry('gpt', 'openai', servers.gpt.baseUrl),
    entry('claude', 'anthropic', servers.claude.baseUrl),
    entry('gemini', 'gemini', servers.gemini.baseUrl, ', model: gemini-3-flash'),
    entry('llama', 'ollama', servers.llama.origin),
    entry('embedder', 'openai', servers.gpt.baseUrl, ', model: text-embedding-3-small'),
    entry('nomic-embed', 'ollama', servers.llama.origin),
  ];
  const head = 'llms:\n  retries: 0\n  default: gpt\n  aliases: { "claude-*": claude }\n  models:\n';
  const config = head + entries.join('');
  const server = starting.use(await startTestServer({ ...limits, config }));
  const sent = { count: 0 };
  const running = starting.move();
  const { kernel, token, url, nextOf } = server;
  return {
    kernel,
    token,
    url,
    nextOf,
    servers,
    sent,
    client: ({ apiKey = token, maxRetries = 0, headers = {} } = {}) =>
      new OpenAI({
        apiKey,
        baseURL: `${url}/v1`,
        maxRetries,
        defaultHeaders: headers,
        fetch: (input, init) => {
          sent.count += 1;
          return fetch(input, init);
        },
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
