import {
  type Script,
  type StatusFault,
  startAnthropicServer,
  startGeminiServer,
  startOpenAiServer,
} from '@aios/testing';
import { scriptedOrders } from './scripted-orders.ts';

/** What a program is told in its environment: addresses, keys and models. */
export interface Endpoint extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
}

const key = 'right';

/** Models that refuse, by name: one whose credit is used up, one that is too busy. */
const refusals: Record<string, StatusFault> = {
  broke: { kind: 'status', status: 402, message: 'Your credit is used up.' },
  busy: { kind: 'status', status: 429, message: 'Too many requests.', retryAfterMs: 1 },
};

const modelNames = ['orders-model', ...Object.keys(refusals), 'embedding-model'];

/** The servers that speak the vendors’ formats, for the programs to talk to directly. */
export async function startVendors(): Promise<Endpoint> {
  const script: Script = (request) => {
    const fault = refusals[request.model];
    return fault === undefined ? scriptedOrders(request) : { fault };
  };
  const options = { script, key, models: modelNames };
  await using starting = new AsyncDisposableStack();
  const openai = starting.use(await startOpenAiServer(options));
  const anthropic = starting.use(await startAnthropicServer(options));
  const gemini = starting.use(await startGeminiServer(options));
  const running = starting.move();
  return {
    environment: {
      OPENAI_BASE_URL: openai.baseUrl,
      OPENAI_API_KEY: key,
      ANTHROPIC_BASE_URL: anthropic.origin,
      ANTHROPIC_API_KEY: key,
      GOOGLE_GEMINI_BASE_URL: gemini.origin,
      GEMINI_API_KEY: key,
      CLIENT_MODELS: 'orders-model',
      CLIENT_EMBEDDING_MODEL: 'embedding-model',
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
