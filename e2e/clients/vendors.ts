import {
  type RecordedRequest,
  type Script,
  type StatusFault,
  startAnthropicServer,
  startGeminiServer,
  startOllamaServer,
  startOpenAiServer,
  type WireServer,
} from '@aios/testing';
import { type Endpoint, embeddingModel, keys, variables } from './endpoint.ts';
import { scriptedOrders } from './scripted-orders.ts';

export interface Vendors extends AsyncDisposable {
  readonly openai: WireServer;
  readonly anthropic: WireServer;
  readonly gemini: WireServer;
  readonly ollama: WireServer;
}

const model = 'orders-model';

/** Google wants signatures back with tool calls; clients know by the name of a model what to send where they have none. */
export const geminiModel = 'gemini-3-pro-preview';

const seeing = { name: model, capabilities: ['completion', 'tools', 'vision'] };

const listed = [model, geminiModel, 'busy', embeddingModel];

const noCredit: StatusFault = { kind: 'status', status: 402, message: 'Your credit is used up.' };
const tooBusy: StatusFault = { kind: 'status', status: 429, message: 'Too many requests.', retryAfterMs: 1 };

const script: Script = (request) => (request.model === 'busy' ? { fault: tooBusy } : scriptedOrders(request));

function refuse({ headers }: RecordedRequest): StatusFault | undefined {
  const key =
    headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace('Bearer ', '');
  return key === keys.broke ? noCredit : undefined;
}

/** Servers that speak the vendors’ formats, all with the same model behind them. */
export async function startVendors(): Promise<Vendors> {
  const options = { script, refuse, models: listed };
  await using starting = new AsyncDisposableStack();
  const openai = starting.use(await startOpenAiServer({ ...options, key: keys.right }));
  const anthropic = starting.use(await startAnthropicServer({ ...options, key: keys.right }));
  const gemini = starting.use(await startGeminiServer({ ...options, key: keys.right }));
  const ollama = starting.use(await startOllamaServer({ ...options, models: [seeing] }));
  const running = starting.move();
  return { openai, anthropic, gemini, ollama, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The vendors as an endpoint: programs talk to them directly. */
export function vendorEndpoint(vendors: Vendors): Endpoint {
  const addresses = {
    openai: vendors.openai.baseUrl,
    anthropic: vendors.anthropic.origin,
    gemini: vendors.gemini.origin,
  };
  return {
    environment: variables({
      ...addresses,
      key: keys.right,
      brokeKey: keys.broke,
      models: [model],
      hasFunctions: false,
    }),
    models: [model],
    listed,
    wrongGoogleKey: 400,
    [Symbol.asyncDispose]: () => vendors[Symbol.asyncDispose](),
  };
}
