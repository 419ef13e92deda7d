import type { ChatRequest, ModelDescription } from '@aios/protocol';
import { type HandlersOf, handle } from '../syscall/index.ts';
import type { CoreSet } from './core-set.ts';
import type { Capability } from './providers/provider.ts';
import { estimateTextTokens, reservedTokens } from './tokens.ts';

export interface HandlerOptions {
  /** The cores as they are now. */
  cores: () => CoreSet;
  models: () => ModelDescription[];
}

/** How `llm.*` is answered. A call keeps the core that it was prepared with, whatever a reload does meanwhile. */
export function llmHandlers({ cores, models }: HandlerOptions): HandlersOf<'llm'> {
  return {
    'llm.chat': {
      prepare: (input) => {
        const { settings, queue, driver } = cores().pick(input.model, needsOf(input));
        return {
          queue,
          reserveTokens: reservedTokens(input),
          execute: async ({ signal, emit }) => {
            const reply = await driver.chat(input, { signal, ...(emit && { emit }) });
            return { ...reply, model: settings.name, provider: settings.provider.name };
          },
          usage: (output) => output.usage,
        };
      },
    },
    'llm.embed': {
      prepare: (input) => {
        const { settings, queue, driver } = cores().pick(input.model, ['embed']);
        return {
          queue,
          reserveTokens: input.texts.reduce((sum, text) => sum + estimateTextTokens(text), 0),
          execute: async ({ signal }) => {
            const { vectors, usage, metadata } = await driver.embed(input.texts, { signal });
            return {
              vectors,
              dimensions: vectors[0]?.length ?? 0,
              model: settings.name,
              provider: settings.provider.name,
              usage,
              ...(metadata && { metadata }),
            };
          },
          usage: (output) => output.usage,
        };
      },
    },
    'llm.models': handle(() => ({ models: models() })),
  };
}

function needsOf(request: ChatRequest): Capability[] {
  const needs: Capability[] = ['chat'];
  if (request.tools !== undefined && request.tools.length > 0) needs.push('tools');
  if (request.messages.some(hasImage)) needs.push('images');
  return needs;
}

function hasImage({ content }: ChatRequest['messages'][number]): boolean {
  return typeof content !== 'string' && content.some((part) => part.type === 'image');
}
