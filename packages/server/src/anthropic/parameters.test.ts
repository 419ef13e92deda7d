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
  cache_control: { value: { type: 'ephemeral' } },
  container: { value: 'c' },
  context_management: { value: { edits: [] } },
  inference_geo: { value: 'eu' },
  mcp_servers: { value: [{ type: 'url', url: 'https://mcp.example', name: 'x' }] },
  service_tier: { value: 'auto' },
};

test('every parameter of the documentation is treated as it says', async () => {
  const table = await parameterTable('anthropic-api.md', '## Parameters of messages');
  expect([...table.keys()].sort()).toEqual(Object.keys(samples).sort());
  await using gateway = await startGateway(always({ text: 'fine' }));
  const reached = newBodies(gateway);
  const send = async (body: object) => {
    const response = await gateway.aios.request('/v1/messages', {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(await response.text()).toContain('fine');
    return reached();
  };
  for (const [name, treatment] of table) {
    const { value, with: rest } = samples[name] ?? { value: undefined };
    let differs = false;
    for (const model of models) {
      const before = await send({ model, ...base, ...rest });
      const after = await send({ model, ...base, ...rest, [name]: value });
      differs ||= before !== after;
    }
    expect({ name, differs }).toEqual({ name, differs: treatment === 'translated' });
  }
});
