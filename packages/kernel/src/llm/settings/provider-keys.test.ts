import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { always, startOpenAiServer } from '@aios/testing';
import { expect, test } from 'vitest';
import { configSchema } from '../../config/index.ts';
import { checkKey, knownSecrets } from './provider-keys.ts';

const key = 'sk-right-0123456789abcdef';

function configFor(backend: string, hostname: string) {
  return configSchema.parse({ llms: { models: [{ name: 'm', backend, hostname }] } });
}

test('a key is shown to the endpoint of the configuration with a request that costs nothing', async () => {
  await using server = await startOpenAiServer({ key, models: ['a'], script: always({ text: '' }) });
  const config = configFor('openai', server.baseUrl);
  expect(await checkKey('OPENAI_API_KEY', key, config)).toMatchObject({ outcome: 'accepted' });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models']);
});

test('a refused key is told from one that could not be tested; neither is repeated', async () => {
  await using server = await startOpenAiServer({ key, script: always({ text: '' }) });
  const wrong = 'my-wrong-key-0123456789';
  const refused = await checkKey('OPENAI_API_KEY', wrong, configFor('openai', server.baseUrl));
  expect(refused).toMatchObject({
    outcome: 'refused',
    message: expect.stringContaining('401: Incorrect API key'),
  });
  const untested = await checkKey('OPENAI_API_KEY', wrong, configFor('openai', 'http://127.0.0.1:1/v1'));
  expect(untested).toMatchObject({ outcome: 'untested', message: expect.stringContaining('127.0.0.1:1') });
  for (const { message } of [refused, untested]) expect(message).not.toContain(wrong);
});

test('a key that could be no header is refused without being sent', async () => {
  const check = await checkKey('OPENAI_API_KEY', 'two words', configFor('openai', 'http://127.0.0.1:1'));
  expect(check).toMatchObject({ outcome: 'refused' });
});

test('a provider without an endpoint cannot be asked', async () => {
  expect(await checkKey('VLLM_API_KEY', key, configSchema.parse({}))).toMatchObject({ outcome: 'untested' });
});

test.each([
  ['anthropic', 'ANTHROPIC_API_KEY', 'x-api-key', '/v1/models'],
  ['gemini', 'GEMINI_API_KEY', 'x-goog-api-key', '/v1beta/models'],
  ['azure', 'AZURE_OPENAI_API_KEY', 'api-key', '/openai/v1/models'],
])(
  '%s gets the key as its own header, and a redirect does not carry it on',
  async (provider, variable, header, path) => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.url, request.headers[header]]);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const check = await checkKey(variable, key, configFor(provider, `http://127.0.0.1:${port}`));
    server.close();
    expect(check).toMatchObject({ outcome: 'untested' });
    expect(seen).toEqual([[path, key]]);
  },
);

test('a variable that two providers share is known once', () => {
  const names = knownSecrets().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(knownSecrets()).toContainEqual(
    expect.objectContaining({ name: 'OPENAI_API_KEY', provider: 'openai', isUsual: true }),
  );
});
