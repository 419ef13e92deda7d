import { type AiosError, type ChatReply, tenantId, toAiosError, userId } from '@aios/protocol';
import { everything } from '../access/policy.fixture.ts';
import { type Config, configSchema } from '../config/index.ts';
import type { ContextWindow } from '../context/index.ts';
import type { Caller, SyscallContext } from '../syscall/index.ts';
import { createLogger, EventBus } from '../telemetry/index.ts';
import { createLlm, type Llm } from './llm.ts';
import { Calibration } from './tokens/calibration.ts';

export const logger = createLogger('silent');
export const queues = { load: () => ({ running: 1, queued: 2 }), gauge: () => undefined };
/** Nothing listens on port 9, so that a real Ollama on the machine is not found. */
export const noOllama = { OLLAMA_HOST: '127.0.0.1:9' };
export const caller: Caller = {
  tenant: tenantId.parse('tenant'),
  user: userId.parse('user'),
  policy: everything,
};

/** Leaves conversations as they are, so that what does not fit is refused. */
export const rigid: ContextWindow = {
  handlers: {
    'context.page': { prepare: () => Promise.reject(new Error('nothing was moved out')) as never },
  },
  fit: async ({ request }) => ({ messages: request.messages }),
  replyTokens: () => 0,
  mayChange: () => false,
  sweep: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

export const calibrations = { of: () => new Calibration(undefined, () => undefined) };

export function config(llms: object = {}, rest: object = {}): Config {
  return configSchema.parse({ llms, ...rest });
}

export function create(current: () => Config, env: NodeJS.ProcessEnv = noOllama): Promise<Llm> {
  return createLlm({
    config: current,
    env,
    logger,
    queues,
    events: new EventBus(),
    window: rigid,
    calibrations,
  });
}

export const settings = (llms: object, rest?: object, env?: NodeJS.ProcessEnv) =>
  create(() => config(llms, rest), env);

export function contextOf(): SyscallContext<'llm.chat'> {
  return {
    call: '1',
    caller,
    signal: new AbortController().signal,
    invoke: () => Promise.reject(new Error('not offered')),
    invokeBehind: () => Promise.reject(new Error('not offered')),
    moveTo: async () => undefined,
    progress: () => undefined,
    onYield: () => undefined,
    runToEnd: () => undefined,
    mayYield: () => false,
    authorise: async () => undefined,
    commit: () => Promise.reject(new Error('changes nothing')),
    idempotencyKey: undefined,
    ensureCurrent: async () => undefined,
  };
}

export function chat(llm: Llm, model?: string) {
  const input = { messages: [{ role: 'user' as const, content: 'Hello there' }], ...(model && { model }) };
  const prepared = llm.handlers['llm.chat'].prepare(input, caller);
  return { prepared, run: (): Promise<ChatReply> => prepared.execute(contextOf()) };
}

/** The model that a call with this image, or without one, goes to first. */
export function firstFor(llm: Llm, model?: string, text = 'Hello', image = false) {
  const picture = { type: 'image' as const, mediaType: 'image/png', data: 'x' };
  const content = image ? [picture] : text;
  const messages = [{ role: 'user' as const, content }];
  return llm.handlers['llm.chat'].prepare({ messages, ...(model && { model }) }, caller).queue;
}

export async function failure(job: () => unknown): Promise<AiosError> {
  try {
    await job();
  } catch (error) {
    return toAiosError(error);
  }
  throw new Error('It should have failed.');
}

export const names = (llm: Llm) => llm.models().map(({ name }) => name);

/** An entry of the configuration whose provider needs a key and has one. */
export const hosted = (name: string, more: object = {}) => ({
  name,
  backend: 'openai',
  api_key: 'k',
  ...more,
});
