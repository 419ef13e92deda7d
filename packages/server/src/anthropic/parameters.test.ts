import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { always } from '@aios/testing';
import { expect, test } from 'vitest';
import { startGateway } from '../test-support/gateway.fixture.ts';
import { newBodies } from '../test-support/new-bodies.ts';
import { parameterTable } from '../test-support/parameter-table.ts';

const weather = { name: 'weather', input_schema: { type: 'object' } };
const user = (content: unknown) => ({ role: 'user', content });

/** Models of other dialects: not every provider has the like of every parameter. */
const models = ['gemini', 'openai', 'ollama'];
const base = { max_tokens: 4000, messages: [user('hello')] };

/** A value for each parameter, and what must be there besides. */
const samples: Record<string, { value: unknown; with?: object }> = {
  model: { value: 'ollama' },
  max_tokens: { value: 77 },
  messages: { value: [user('something else')] },
  system: { value: 'Be brief' },
  tools: { value: [weather] },
  tool_choice: { value: { type: 'any' }, with: { tools: [weather] } },
  temperature: { value: 0.5 },
  top_p: { value: 0.5 },
  top_k: { value: 5 },
  stop_sequences: { value: ['END'] },
  stream: { value: true },
  thinking: { value: { type: 'enabled', budget_tokens: 2000 } },
  output_config: { value: { effort: 'low' } },
  metadata: { value: { user_id: 'somebody' } },
  output_format: { value: { type: 'json_schema', schema: { type: 'object' } } },
  cache_control: { value: { type: 'ephemeral' } },
  context_management: { value: { edits: [] } },
  diagnostics: { value: { previous_message_id: 'msg_1' } },
  fallback_credit_token: { value: 'token' },
  fallbacks: { value: 'default' },
  speed: { value: 'fast' },
  billing_policy: { value: { type: 'billing_policy', bill_to: 'user_profile' } },
  compaction: { value: { type: 'summarize' } },
  container: { value: 'c' },
  thread: { value: { type: 'create' } },
  inference_geo: { value: 'eu' },
  mcp_servers: { value: [{ type: 'url', url: 'https://mcp.example', name: 'x' }] },
  service_tier: { value: 'auto' },
};

test('the table has every parameter of the official client', async () => {
  const file = new URL('./resources/beta/messages/messages.d.ts', import.meta.resolve('@anthropic-ai/sdk'));
  const types = readFileSync(fileURLToPath(file), 'utf8');
  const [, body = ''] = /export interface MessageCreateParamsBase \{(.*?)\n\}/s.exec(types) ?? [];
  const parameters = [...body.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*'?(\w+)'?\??:/gs)].flatMap(
    ([, remark = '', name = '']) => (remark.includes('Header param') ? [] : [name]),
  );
  expect(parameters.length).toBeGreaterThan(20);
  const table = await parameterTable('anthropic-api.md', '## Parameters of messages');
  expect(parameters.filter((name) => !table.has(name))).toEqual([]);
});

test('every parameter of the documentation is treated as it says', async () => {
  const table = await parameterTable('anthropic-api.md', '## Parameters of messages');
  expect([...table.keys()].sort()).toEqual(Object.keys(samples).sort());
  await using gateway = await startGateway(always({ text: '{"is": "fine"}' }));
  const reached = newBodies(gateway);
  const send = async (body: object) => {
    const response = await gateway.aios.request('/v1/messages', {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text(), body: reached() };
  };
  for (const [name, treatment] of table) {
    const { value, with: rest } = samples[name] ?? { value: undefined };
    let differs = false;
    for (const model of models) {
      const before = await send({ model, ...base, ...rest });
      const after = await send({ model, ...base, ...rest, [name]: value });
      expect({ name, status: after.status }).toEqual({ name, status: treatment === 'refused' ? 400 : 200 });
      if (treatment === 'refused') {
        expect(after.text).toContain(name);
        expect(after.body).toBe('[]');
      } else differs ||= before.body !== after.body;
    }
    expect({ name, differs }).toEqual({ name, differs: treatment === 'translated' });
  }
});
