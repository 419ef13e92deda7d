import {
  startAnthropicServer,
  startBedrockServer,
  startDeepSeekServer,
  startGeminiServer,
  startGroqServer,
  startHuggingFaceServer,
  startMistralServer,
  startOllamaServer,
  startOpenAiServer,
  type WireServer,
  type WireServerOptions,
} from '@aios/testing';
import { createLogger } from '../telemetry/index.ts';
import { systemClock } from './clock.ts';
import type { DriverUnderTest } from './conformance.ts';
import type { Driver } from './driver.ts';
import { createDriver, type DriverSettings } from './providers/create-driver.ts';
import { ModelWorkers } from './providers/huggingface-local/index.ts';
import type { Dialect, Provider } from './providers/provider.ts';

type StartServer = (options: WireServerOptions) => Promise<WireServer>;

/** The server of packages/testing that speaks a dialect; undefined where there is none. */
const servers: Partial<Record<Dialect, StartServer>> = {
  openai: startOpenAiServer,
  'openai-responses': startOpenAiServer,
  azure: startOpenAiServer,
  'openai-compatible': startOpenAiServer,
  groq: startGroqServer,
  deepseek: startDeepSeekServer,
  mistral: startMistralServer,
  anthropic: startAnthropicServer,
  bedrock: startBedrockServer,
  google: startGeminiServer,
  ollama: startOllamaServer,
};

/** Servers of single providers whose dialect is spoken by others, too. */
const ownServers: Partial<Record<string, StartServer>> = { huggingface: startHuggingFaceServer };

/** Dialects whose calls come whole in a stream. */
const wholeCalls: readonly Dialect[] = ['google', 'ollama', 'mistral', 'groq'];

/** OpenAI’s Chat Completions tell no thinking. */
const withoutReasoning: readonly Dialect[] = ['openai', 'azure'];

export const conformanceKey = 'sk-test-0123456789abcdef';

/** A provider of the table before a server that speaks its wire format. */
export interface ProviderUnderTest extends DriverUnderTest {
  readonly server: WireServer;
}

export function hasServer({ dialect }: Provider): boolean {
  return servers[dialect] !== undefined;
}

/** A driver of a model that runs elsewhere: no worker is started. */
export function testDriver(settings: DriverSettings): Driver {
  return createDriver(
    settings,
    new ModelWorkers({ env: {}, logger: createLogger('silent'), clock: systemClock }),
  );
}

/** Starts the server of the provider’s dialect and points a driver at it. */
export async function startProvider(
  provider: Provider,
  { model = modelOf(provider), ...options }: Omit<WireServerOptions, 'key' | 'models'> & { model?: string },
  settings: Partial<DriverSettings> = {},
): Promise<ProviderUnderTest> {
  const start = ownServers[provider.name] ?? servers[provider.dialect];
  if (start === undefined) throw new Error(`No server speaks the dialect of ${provider.name}.`);
  const isOpen = provider.dialect === 'ollama';
  const server = await start({
    ...options,
    models: [{ name: model, capabilities: ['completion', 'tools', 'vision', 'thinking'] }],
    ...(!isOpen && { key: conformanceKey }),
  });
  const driver = testDriver({
    provider,
    model,
    baseUrl: provider.dialect === 'ollama' ? server.origin : server.baseUrl,
    capabilities: provider.capabilities,
    key: conformanceKey,
    ...settings,
  });
  return {
    driver,
    server,
    sendsCallsWhole: wholeCalls.includes(provider.dialect),
    omitsReasoning: withoutReasoning.includes(provider.dialect),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/**
 * OpenAI’s package asks for encrypted thinking only from models that it knows to think, Amazon’s asks for structured output
 * by the name of the model.
 */
function modelOf({ dialect }: Provider): string {
  if (dialect === 'bedrock') return 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  return dialect === 'openai-responses' ? 'gpt-5.4-mini' : 'known';
}
