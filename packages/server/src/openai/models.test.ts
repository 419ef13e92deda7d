import { expect, test } from 'vitest';
import { startTestServer } from '../test-support/index.ts';

test('models are listed in the shape of the vendor whose client asks', async () => {
  await using server = await startTestServer();
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    (await server.request(path, { headers })).json();
  const openai = { object: 'list', data: [expect.objectContaining({ id: 'offline', object: 'model' })] };
  const anthropic = { data: [expect.objectContaining({ id: 'offline', type: 'model' })], has_more: false };
  const google = { models: [expect.objectContaining({ name: 'models/offline' })] };
  expect(await ask('/v1/models')).toMatchObject(openai);
  expect(await ask('/v1/models', { 'anthropic-version': '2023-06-01' })).toMatchObject(anthropic);
  expect(await ask('/v1/models', { 'x-goog-api-client': 'google-genai-sdk/3.3.0' })).toMatchObject(google);
  expect(await ask('/v1beta/models')).toMatchObject(google);
  expect(await ask('/v1/models/offline')).toMatchObject(openai.data[0] ?? {});
  expect(await ask('/v1beta/models/offline')).toMatchObject(google.models[0] ?? {});
  expect((await server.request('/v1beta/models/nobody')).status).toBe(404);
});
