import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { problemOf, startTestServer } from '../test-support/index.ts';

const secret = 'shared with the sender';
const body = '{"action":"opened",  "number":7}';
const signature = (of: string) => `sha256=${createHmac('sha256', secret).update(of).digest('hex')}`;

/** A request as a sender elsewhere makes it: no token, and the host name of a tunnel. */
async function post(url: string, content: string, headers: Record<string, string>) {
  const sent = httpRequest(url, {
    method: 'POST',
    headers: { host: 'hooks.example.com', 'content-type': 'application/json', ...headers },
  });
  const answered = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then((received) => resolve({ status: response.statusCode, body: received }), reject);
    });
  });
  sent.end(content);
  return await answered;
}

test('a webhook needs its signature and nothing else, and is told over its very bytes', async () => {
  await using aios = await startTestServer({ env: { HOOK_SECRET: secret } });
  const on = { kind: 'webhook', secret: 'HOOK_SECRET' };
  const created = await aios.post('trigger.create', JSON.stringify({ agent: 'sleeper', on }));
  const { url } = (await created.json()) as { url: string };
  const hook = `${aios.url}${url}`;
  const headers = { 'x-hub-signature-256': signature(body), 'x-github-delivery': 'd-1' };
  const first = await post(hook, body, headers);
  expect({ ...first, body: JSON.parse(first.body) }).toEqual({
    status: 202,
    body: { delivery: 'd-1', duplicate: false },
  });
  expect(JSON.parse((await post(hook, body, headers)).body)).toMatchObject({ duplicate: true });
  const forged = await post(hook, body.replace('7', '8'), headers);
  expect(JSON.parse(forged.body)).toMatchObject({ status: 401, code: 'unauthenticated' });
  expect((await post(hook, body, {})).status).toBe(401);
  expect((await post(`${aios.url}/hooks/999`, body, headers)).status).toBe(404);
  expect((await post(`${aios.url}/hooks/x`, body, headers)).status).toBe(404);
  await vi.waitFor(async () => {
    const listed = (await (await aios.post('process.list')).json()) as { processes: { input: unknown }[] };
    expect(listed.processes.map(({ input }) => input)).toMatchObject([
      { body: { action: 'opened', number: 7 } },
    ]);
  });
});

test('other paths need a token as ever', async () => {
  await using aios = await startTestServer();
  expect(await problemOf(await fetch(`${aios.url}/hooks`))).toMatchObject({ status: 401 });
});
