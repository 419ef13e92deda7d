import { AiosError } from '@aios/protocol';
import type { Core } from '../core.ts';
import type { Capability } from '../providers/provider.ts';
import type { Demand } from './demand.ts';

const explanations: Record<Capability, string> = {
  chat: 'cannot chat',
  stream: 'cannot stream',
  tools: 'cannot call tools',
  parallel_tools: 'cannot call several tools at once',
  json: 'cannot reply in JSON',
  reasoning: 'cannot reason',
  images: 'cannot see images',
  embed: 'cannot make embeddings',
};

/** Why a core cannot answer, to be read after its name; nothing where it can. */
export function shortfallOf({ settings, window }: Core, demand: Demand): string | undefined {
  const { needs, contextTokens } = demand;
  const missing = missingOf(settings.capabilities, needs);
  if (missing !== undefined) return explanations[missing];
  if (window.tokens === undefined || contextTokens <= window.tokens) return undefined;
  return `has a context window of ${window.tokens} tokens and the call needs about ${contextTokens}`;
}

/** The error for a call that none of the asked cores can answer; `all` are searched for some that can. */
export function refusal(asked: readonly Core[], all: Iterable<Core>, demand: Demand): AiosError {
  const words = asked.map((core) => `Model "${core.settings.name}" ${shortfallOf(core, demand)}.`);
  const able = [...all].filter((core) => shortfallOf(core, demand) === undefined);
  const advice =
    able.length > 0
      ? `These can: ${able.map(({ settings }) => `"${settings.name}"`).join(', ')}.`
      : 'No configured model can; add one to llms.models, or ask for less.';
  const [first] = asked;
  const missing = first && missingOf(first.settings.capabilities, demand.needs);
  return new AiosError('failed_precondition', `${words.join(' ')} ${advice}`, {
    details: {
      models: asked.map(({ settings }) => settings.name),
      missing: missing ?? 'context_tokens',
      able: able.map(({ settings }) => settings.name),
    },
  });
}

function missingOf(has: readonly Capability[], needs: readonly Capability[]): Capability | undefined {
  return needs.find((need) => !has.includes(need));
}
