import { AiosError, type ModelDescription } from '@aios/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sessionOf } from '../guard/index.ts';

/** What a model’s age is said to be: nobody knows it, and clients want a number. */
const created = 0;

/** The vendors, by the clients that ask. */
type Vendor = 'openai' | 'anthropic' | 'google';

/** The list of models, and one of it, for the clients of all vendors. Google’s ask under either version, by their age. */
export function addModelRoutes(scope: FastifyInstance): void {
  for (const version of ['v1', 'v1beta']) {
    scope.get(`/${version}/models`, async (request) => {
      return listOf(vendorOf(request), await modelsFor(request));
    });
    // A name may hold slashes.
    scope.get<{ Params: { '*': string } }>(`/${version}/models/*`, async (request) => {
      const name = request.params['*'];
      const model = (await modelsFor(request)).find((candidate) => candidate.name === name);
      if (model === undefined) {
        throw new AiosError('not_found', `There is no model "${name}". GET /v1/models lists them.`, {
          details: { model: name },
        });
      }
      return describe[vendorOf(request)](model);
    });
  }
}

async function modelsFor(request: FastifyRequest): Promise<ModelDescription[]> {
  return (await sessionOf(request).call('llm.models', {})).models;
}

/** Told by the headers that only the clients of one vendor send, or by the version that only Google has. */
function vendorOf({ headers, url }: FastifyRequest): Vendor {
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  return headers['x-goog-api-client'] !== undefined || url.startsWith('/v1beta/') ? 'google' : 'openai';
}

function openaiModel({ name, provider }: ModelDescription): object {
  return { id: name, object: 'model', created, owned_by: provider };
}

function anthropicModel({ name }: ModelDescription) {
  return { type: 'model', id: name, display_name: name, created_at: new Date(created).toISOString() };
}

function googleModel({ name, contextTokens, capabilities }: ModelDescription): object {
  return {
    name: `models/${name}`,
    displayName: name,
    ...(contextTokens !== undefined && { inputTokenLimit: contextTokens }),
    supportedGenerationMethods: [
      ...(capabilities.includes('chat') ? ['generateContent', 'streamGenerateContent', 'countTokens'] : []),
      ...(capabilities.includes('embed') ? ['embedContent', 'batchEmbedContents'] : []),
    ],
  };
}

const describe = { openai: openaiModel, anthropic: anthropicModel, google: googleModel };

function listOf(vendor: Vendor, models: readonly ModelDescription[]): object {
  if (vendor === 'openai') return { object: 'list', data: models.map(openaiModel) };
  if (vendor === 'google') return { models: models.map(googleModel) };
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}
