import type { ModelPrices } from '@aios/protocol';
import { modelCapabilities } from '@aios/protocol';
import { z } from 'zod';
import data from './models.json' with { type: 'json' };

/** What is known of a model beforehand. What is absent is not known. */
interface ModelFacts {
  contextTokens?: number;
  prices?: ModelPrices;
  capabilities?: readonly (typeof modelCapabilities)[number][];
}

const model = z.object({
  contextTokens: z.int().positive().optional(),
  input: z.number().nonnegative().optional(),
  output: z.number().nonnegative().optional(),
  cachedInput: z.number().nonnegative().optional(),
  capabilities: z.array(z.enum(modelCapabilities)).optional(),
});

/**
 * By provider, as the table names it: where the facts were read and when, and the models under the provider’s own names.
 * Prices are US dollars for a million tokens, of the vendor’s standard tier and its shortest prompts.
 */
const catalogue = z.record(
  z.string(),
  z.object({ source: z.url(), asOf: z.iso.date(), models: z.record(z.string(), model) }),
);

const providers = catalogue.parse(data);

/** What the data file says of a model of a provider; undefined where it does not know the model. */
export function modelFacts(providerName: string, modelName: string): ModelFacts | undefined {
  const provider = providers[providerName];
  const entry = provider?.models[modelName];
  if (provider === undefined || entry === undefined) return undefined;
  const { source, asOf } = provider;
  const { contextTokens, input, output, cachedInput, capabilities } = entry;
  const hasPrices = input !== undefined && output !== undefined;
  return {
    ...(contextTokens !== undefined && { contextTokens }),
    ...(hasPrices && {
      prices: { input, output, ...(cachedInput !== undefined && { cachedInput }), source, asOf },
    }),
    ...(capabilities && { capabilities }),
  };
}
