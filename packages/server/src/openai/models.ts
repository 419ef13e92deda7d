import { AiosError, type ModelDescription } from '@aios/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sessionOf } from '../guard/index.ts';

/** What a model’s age is said to be: nobody knows it, and clients want a number. */
const created = 0;

/** The list of models, for OpenAI’s clients and, told by the header that only these send, Anthropic’s. */
export function addModelRoutes(scope: FastifyInstance): void {
  scope.get('/v1/models', async (request) => {
    const models = await modelsFor(request);
    return isAnthropic(request) ? anthropicList(models) : { object: 'list', data: models.map(openaiModel) };
  });
  // A name may hold slashes.
  scope.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    const name = request.params['*'];
    const model = (await modelsFor(request)).find((candidate) => candidate.name === name);
    if (model === undefined) {
      throw new AiosError('not_found', `There is no model "${name}". GET /v1/models lists them.`, {
        details: { model: name },
      });
    }
    return isAnthropic(request) ? anthropicModel(model) : openaiModel(model);
  });
}

async function modelsFor(request: FastifyRequest): Promise<ModelDescription[]> {
  return (await sessionOf(request).call('llm.models', {})).models;
}

function isAnthropic({ headers }: FastifyRequest): boolean {
  return headers['anthropic-version'] !== undefined;
}

function openaiModel({ name, provider }: ModelDescription): object {
  return { id: name, object: 'model', created, owned_by: provider };
}

function anthropicModel({ name }: ModelDescription) {
  return { type: 'model', id: name, display_name: name, created_at: new Date(created).toISOString() };
}

function anthropicList(models: readonly ModelDescription[]): object {
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}
