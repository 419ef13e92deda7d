import { greedyModel, vendorServers, type WireServer, type WireServerOptions } from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import { findLlamaCpp, startLlamaServer } from '@aios/testing/llama-cpp';
import type { Figures } from '../../benchmark.ts';

type StartServer = (options: WireServerOptions) => Promise<WireServer>;

interface Method {
  /** As the figures call it. */
  readonly name: string;
  readonly backend: string;
  readonly model: string;
  readonly start: StartServer;
}

const { openai, anthropic, deepseek, mistral, ollama } = vendorServers;

/** Each way to go on with a reply, before a server that speaks its format. */
export const methods: readonly Method[] = [
  { name: 'continueFinalMessage', backend: 'vllm', model: 'any', start: openai },
  { name: 'anthropicLastMessage', backend: 'anthropic', model: 'claude-sonnet-4-5', start: anthropic },
  { name: 'ollamaLastMessage', backend: 'ollama', model: 'any', start: ollama },
  { name: 'deepseekPrefix', backend: 'deepseek', model: 'any', start: deepseek },
  { name: 'mistralPrefix', backend: 'mistral', model: 'any', start: mistral },
  { name: 'partial', backend: 'qwen', model: 'any', start: openai },
];

const callers = 6;
const words = 40;
/** A model of llama.cpp that writes a few dozen words before it ends. */
const llamaSeed = 13;

/** Generations that share one slot and leave it after each token, so that each is stopped at every token where it can be. */
export async function interruptOften(progress: (line: string) => void): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const { name, backend, model, start } of methods) {
    progress(`stopped at every token: ${name}`);
    const server = await start({ script: greedyModel({ words }) });
    try {
      const hostname = backend === 'ollama' ? server.origin : server.baseUrl;
      Object.assign(figures, await compare(name, { backend, model, hostname }));
    } finally {
      await server.close();
    }
  }
  const folder = findLlamaCpp();
  if (folder !== undefined) {
    progress('stopped at every token: llama.cpp');
    await using server = await startLlamaServer(folder, llamaSeed);
    const endpoint = { backend: 'llamacpp', model: 'tiny', hostname: `${server.origin}/v1` };
    Object.assign(figures, await compare('llamaCpp', endpoint));
  }
  return figures;
}

async function compare(name: string, endpoint: object): Promise<Figures> {
  const alone = await tellAll('fifo', endpoint);
  const stopped = await tellAll('round_robin', endpoint);
  const same = stopped.filter(({ text }, index) => text === alone[index]?.text).length;
  const sum = (key: 'stops' | 'resumedInputTokens' | 'repeatedOutputTokens') =>
    stopped.reduce((total, reply) => total + reply[key], 0);
  const perStop = (tokens: number) => Math.round((10 * tokens) / sum('stops')) / 10;
  return {
    [`${name}IdenticalPercent`]: (100 * same) / callers,
    [`${name}Stops`]: sum('stops'),
    [`${name}InputTokensPerStop`]: perStop(sum('resumedInputTokens')),
    [`${name}OutputTokensPerStop`]: perStop(sum('repeatedOutputTokens')),
  };
}

async function tellAll(policy: string, endpoint: object) {
  const model = { name: 'model', api_key: 'any', concurrency: 1, ...endpoint };
  const scheduler = { policy, slice_output_tokens: 1 };
  await using installation = await bootInstallation({
    config: JSON.stringify({ llms: { models: [model] }, scheduler }),
  });
  const tell = async (_: unknown, index: number) => {
    const { message, usage, metadata } = await installation.session.call('llm.chat', {
      messages: [{ role: 'user', content: `Tell story ${index}.` }],
      temperature: 0,
      maxTokens: 400,
    });
    const { slices = 1, repeatedOutputTokens = 0 } = Object(metadata?.resumed);
    const { resumedInputTokens = 0 } = usage;
    return {
      text: message.content,
      stops: Number(slices) - 1,
      repeatedOutputTokens: Number(repeatedOutputTokens),
      resumedInputTokens,
    };
  };
  return await Promise.all(Array.from({ length: callers }, tell));
}
