import { AiosError, type ChatReply, type ChatRequest } from '@aios/protocol';
import { configSchema } from '../../config/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import type { Core } from '../core.ts';
import { makeCores } from '../core.ts';
import type { Driver, DriverCall, DriverReply } from '../driver.ts';
import { ModelWorkers } from '../providers/huggingface-local/index.ts';
import { type CoreSettings, configuredCores } from '../settings/index.ts';
import type { SimulatedClock } from '../simulated-clock.fixture.ts';
import { Calibration } from '../tokens/calibration.ts';
import { Tokenizers } from '../tokens/index.ts';

/** What a test driver does with a call. */
export type Answering = (request: ChatRequest, call: DriverCall) => Promise<DriverReply>;

/** Cores made from a configuration, on a simulated clock, whose drivers are functions of the test. */
export function testCores(
  llms: object,
  clock: SimulatedClock,
  answer: (settings: CoreSettings) => Answering = () => async () => replyOf('hello'),
): Core[] {
  const config = configSchema.parse({ llms });
  const cores = makeCores(configuredCores(config, {}), new Map(), {
    clock,
    workers: new ModelWorkers({ env: {}, logger: createLogger('silent'), clock }),
    tokenizers: new Tokenizers(),
    calibrations: { of: () => new Calibration(undefined, () => undefined) },
    gaugeOf: () => undefined,
    onHealthChange: () => undefined,
  });
  return cores.map((core) => {
    const driver: Driver = {
      chat: answer(core.settings),
      embed: () => Promise.reject(new AiosError('internal', 'no embeddings here')),
    };
    return { ...core, driver, monitor: undefined };
  });
}

export function replyOf(text: string, usage: Partial<ChatReply['usage']> = {}): DriverReply {
  return {
    message: { role: 'assistant', content: text },
    finishReason: 'stop',
    usage: { inputTokens: 1, outputTokens: 1, source: 'provider', ...usage },
  };
}

/** Pends until the call is aborted. */
export function stall(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export const patience = { retries: 2, fallbackWaitMs: 1000, maxWaitMs: 60_000 };
export const request: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
export const cost = { inputTokens: 10, outputTokens: 10 };
export const busy = () => new AiosError('unavailable', 'The provider cannot answer now.');
export const limited = (retryAfterMs: number) =>
  new AiosError('rate_limited', 'The provider limits the rate.', { details: { retryAfterMs } });

const local = (name: string, more: object = {}) => ({
  name,
  backend: 'vllm',
  hostname: 'http://gpu',
  ...more,
});

/** Cores a, b, … that answer as the functions say. */
export function cores(
  clock: SimulatedClock,
  answers: readonly Answering[],
  llms: object = {},
  model: object = {},
) {
  const models = answers.map((_answer, index) => local(String.fromCharCode(97 + index), model));
  const byName = new Map(models.map(({ name }, index) => [name, answers[index]]));
  return testCores({ models, ...llms }, clock, ({ name }) => byName.get(name) ?? failing(busy()).answer);
}

export function failing(...errors: AiosError[]): { answer: Answering; count: () => number } {
  let sent = 0;
  return {
    answer: async () => {
      const error = errors[sent];
      sent += 1;
      if (error !== undefined) throw error;
      return replyOf('hello');
    },
    count: () => sent,
  };
}
