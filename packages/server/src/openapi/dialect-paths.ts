// The routes for the clients of vendors. Their bodies are the vendors’, which the vendors describe.

interface Vendor {
  readonly name: string;
  /** Where the bodies are described. */
  readonly reference: string;
  /** Where it is said what becomes of each parameter. */
  readonly guide: string;
  /** What every error looks like. */
  readonly error: object;
}

const text = { type: 'string' };

function objectOf(properties: Record<string, object>): object {
  return { type: 'object', required: Object.keys(properties), properties };
}

const openai: Vendor = {
  name: 'OpenAI',
  reference: 'https://platform.openai.com/docs/api-reference',
  guide: 'docs/openai-api.md',
  error: objectOf({
    error: objectOf({
      message: text,
      type: text,
      param: { type: ['string', 'null'] },
      code: { type: ['string', 'null'] },
    }),
  }),
};
const anthropic: Vendor = {
  name: 'Anthropic',
  reference: 'https://platform.claude.com/docs/en/api/messages',
  guide: 'docs/anthropic-api.md',
  error: objectOf({ type: text, error: objectOf({ type: text, message: text }) }),
};
const google: Vendor = {
  name: 'Google',
  reference: 'https://ai.google.dev/api',
  guide: 'docs/gemini-api.md',
  error: objectOf({ error: objectOf({ code: { type: 'integer' }, message: text, status: text }) }),
};

type Method = 'get' | 'post' | 'delete';
type Route = readonly [method: Method, path: string, vendor: Vendor, summary: string, streams?: 'streams'];

const routes: readonly Route[] = [
  ['post', '/v1/chat/completions', openai, 'Answer a conversation.', 'streams'],
  ['post', '/v1/completions', openai, 'Carry a text on.', 'streams'],
  ['post', '/v1/embeddings', openai, 'Turn texts into vectors.'],
  ['post', '/v1/responses', openai, 'Make a response.', 'streams'],
  ['get', '/v1/responses/{id}', openai, 'Read a stored response.'],
  ['delete', '/v1/responses/{id}', openai, 'Forget a stored response.'],
  ['get', '/v1/responses/{id}/input_items', openai, 'List the input of a stored response.'],
  ['get', '/v1/models', openai, 'List the models, to clients of Anthropic and Google in their shapes.'],
  ['get', '/v1/models/{model}', openai, 'Describe a model.'],
  ['get', '/v1beta/models', google, 'List the models.'],
  ['get', '/v1beta/models/{model}', google, 'Describe a model.'],
  ['post', '/v1/messages', anthropic, 'Answer a conversation.', 'streams'],
  ['post', '/v1/messages/count_tokens', anthropic, 'Estimate the input tokens.'],
  ...['/v1beta', '/v1'].flatMap((version): Route[] => [
    ['post', `${version}/models/{model}:generateContent`, google, 'Answer a conversation.'],
    [
      'post',
      `${version}/models/{model}:streamGenerateContent`,
      google,
      'Answer it in pieces, with alt=sse.',
      'streams',
    ],
    ['post', `${version}/models/{model}:countTokens`, google, 'Estimate the input tokens.'],
    ['post', `${version}/models/{model}:embedContent`, google, 'Turn a text into a vector.'],
    ['post', `${version}/models/{model}:batchEmbedContents`, google, 'Turn texts into vectors.'],
  ]),
];

/** The paths of the dialects of vendors. */
export function dialectPaths(): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const [method, path] = route;
    paths[path] = { ...paths[path], [method]: operationOf(route) };
  }
  return paths;
}

function operationOf([method, path, vendor, summary, streams]: Route): object {
  const { name, reference, guide, error } = vendor;
  const json = { 'application/json': { schema: { type: 'object' } } };
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
  return {
    operationId: `${method} ${path}`,
    tags: [name],
    summary,
    description: `In the format of ${name}; ${guide} says what becomes of each parameter.`,
    externalDocs: { url: reference },
    ...(names.length > 0 && {
      parameters: names.map((parameter) => ({ name: parameter, in: 'path', required: true, schema: text })),
    }),
    ...(method === 'post' && { requestBody: { required: true, content: json } }),
    responses: {
      200: {
        description: `As ${name} answers`,
        content: { ...json, ...(streams && { 'text/event-stream': { schema: text } }) },
      },
      default: {
        description: `An error in the shape of ${name}`,
        content: { 'application/json': { schema: error } },
      },
    },
  };
}
