import { expect, test } from 'vitest';
import { vendorServers } from '../vendor-servers.ts';

// What holds for every vendor’s server; that each speaks its format is proven beside it.

const chatPaths: Record<keyof typeof vendorServers, string> = {
  openai: '/chat/completions',
  anthropic: '/messages',
  bedrock: '/model/any/converse',
  gemini: '/models/any:generateContent',
  ollama: '/api/chat',
  huggingface: '/chat/completions',
  deepseek: '/chat/completions',
  groq: '/chat/completions',
  mistral: '/chat/completions',
};

const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
const usual = {
  model: 'any',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'hi' }],
  contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
};
const converse = { ...usual, messages: [{ role: 'user', content: [{ text: 'hi' }] }] };

for (const [name, start] of Object.entries(vendorServers)) {
  const path = chatPaths[name as keyof typeof vendorServers];
  const isAmazon = name === 'bedrock';
  const body = JSON.stringify(isAmazon ? converse : usual);
  const silent = { script: () => undefined };

  test(`${name} refuses what is no JSON, an unknown path and what it is told to refuse`, async () => {
    await using server = await start({
      ...silent,
      refuse: ({ headers }) =>
        headers['x-refuse'] === undefined ? undefined : { kind: 'status', status: 418, retryAfterMs: 1500 },
    });
    const garbled = await fetch(server.baseUrl + path, { method: 'POST', headers, body: '{"model' });
    const lost = await fetch(`${server.baseUrl}/nowhere`, { method: 'POST', headers, body });
    const refused = await fetch(server.baseUrl + path, {
      method: 'POST',
      headers: { ...headers, 'x-refuse': 'yes' },
      body,
    });
    expect([garbled.status, lost.status, refused.status]).toEqual([400, 404, 418]);
    expect(refused.headers.get('retry-after')).toBe('2');
    const errorField = isAmazon ? 'message' : 'error';
    for (const response of [garbled, lost, refused]) expect(await response.json()).toHaveProperty(errorField);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: { model: 'any' } });
  });

  test(`${name} says when its script has no answer or fails, and passes a proxy’s page on`, async () => {
    const post = async (script: Parameters<typeof start>[0]['script']) => {
      await using server = await start({ script });
      const response = await fetch(server.baseUrl + path, { method: 'POST', headers, body });
      return `${response.status} ${await response.text()}`;
    };
    expect(await post(() => undefined)).toMatch(/^500 .*The script has no answer to: hi/);
    const broken = () => {
      throw new Error('broken on purpose');
    };
    expect(await post(broken)).toMatch(/^500 .*The script failed: Error: broken on purpose/);
    const page = () => ({ fault: { kind: 'status', status: 502, body: '<h1>Bad gateway</h1>' } as const });
    expect(await post(page)).toBe('502 <h1>Bad gateway</h1>');
  });
}
