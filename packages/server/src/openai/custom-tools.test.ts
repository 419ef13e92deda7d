import { firstOf, rules } from '@aios/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.fixture.ts';
import { openPlace } from './responses/place.fixture.ts';

const patch = '*** Begin Patch\n"quoted" \\ and é\n*** End Patch';
const call = { id: 'call_p', name: 'apply_patch', arguments: { input: patch }, pieces: 5 };
const script = firstOf(
  ({ messages }) => (messages.at(-1)?.role === 'user' ? undefined : { text: 'Patched.' }),
  rules([/patch/, { toolCalls: [call] }]),
);
const definition = 'start: "*** Begin Patch" LF';
const grammar = { syntax: 'lark', definition } as const;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(script);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(['claude', 'gemini', 'llama'])('a tool that takes text, through %s', (model) => {
  const question = { role: 'user' as const, content: 'patch it' };
  const tools = [
    {
      type: 'custom' as const,
      custom: { name: 'apply_patch', description: 'Patches.', format: { type: 'grammar' as const, grammar } },
    },
  ];
  const called = { type: 'custom', custom: { name: 'apply_patch', input: patch } };

  test('is called with its text, and its result understood', async () => {
    const server = gateway.servers[model as 'claude' | 'gemini' | 'llama'];
    const before = server.requests.length;
    const client = gateway.client();
    const first = await client.chat.completions.create({ model, messages: [question], tools });
    const [choice] = first.choices;
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [called] },
    });
    const { text } = await server.requestAt(before);
    expect(text).toContain('Patches.');
    expect(text).toContain(JSON.stringify(definition).slice(1, -1));
    const [asked] = choice?.message.tool_calls ?? [];
    if (choice === undefined || asked === undefined) throw new Error('The model called nothing.');
    const second = await client.chat.completions.create({
      model,
      tools,
      messages: [question, choice.message, { role: 'tool', tool_call_id: asked.id, content: 'done' }],
    });
    expect(second.choices[0]?.message.content).toBe('Patched.');
    expect((await server.requestAt(before + 1)).text).toContain('End Patch');
  });

  test('streams its text in the form of such a call', async () => {
    const stream = await gateway.client().chat.completions.create({
      model,
      messages: [question],
      tools,
      tool_choice: { type: 'custom', custom: { name: 'apply_patch' } },
      stream: true,
    });
    const deltas = (await Array.fromAsync(stream)).flatMap(
      ({ choices }) => choices[0]?.delta.tool_calls ?? [],
    );
    const told = deltas as unknown as { index: number; type?: string; custom: { input: string } }[];
    expect(told[0]).toMatchObject({ index: 0, id: expect.any(String), type: 'custom' });
    expect(told.every(({ index }) => index === 0)).toBe(true);
    expect(told.map(({ custom }) => custom.input).join('')).toBe(patch);
    expect(JSON.stringify(told)).not.toContain('"function"');
  });
});

test('the text of a call that is no JSON is what the model wrote', async () => {
  const wrong = { ...call, arguments: 'just text' };
  await using other = await startGateway(rules([/patch/, { toolCalls: [wrong] }]));
  const { choices } = await other.client().chat.completions.create({
    model: 'claude',
    messages: [{ role: 'user', content: 'patch it' }],
    tools: [{ type: 'custom', custom: { name: 'apply_patch' } }],
  });
  const [asked] = choices[0]?.message.tool_calls ?? [];
  expect(asked).toMatchObject({ type: 'custom', custom: { input: expect.any(String) } });
});

test('in Responses it is an item of its own, streamed, stored and gone on from', async () => {
  await using place = await openPlace(script, 'anthropic');
  const tools = [
    { type: 'custom' as const, name: 'apply_patch', format: { type: 'grammar' as const, ...grammar } },
  ];
  const ask = { model: 'm', input: 'patch it', tools };
  const item = { type: 'custom_tool_call', status: 'completed', name: 'apply_patch', input: patch };
  const whole = await place.client.responses.create({
    ...ask,
    tool_choice: { type: 'custom', name: 'apply_patch' },
  });
  expect(whole.output).toMatchObject([{ ...item, call_id: 'call_p', id: expect.stringMatching(/^ctc_/) }]);
  expect(place.upstream.requests.at(-1)?.body).toMatchObject({
    tool_choice: { type: 'tool', name: 'apply_patch' },
    tools: [{ name: 'apply_patch', description: expect.stringContaining('Begin Patch') }],
  });

  const events = await Array.fromAsync(await place.client.responses.create({ ...ask, stream: true }));
  const delta = events.find(({ type }) => type === 'response.custom_tool_call_input.delta');
  expect(delta).toMatchObject({ delta: patch, output_index: 0 });
  const done = events.find(({ type }) => type === 'response.custom_tool_call_input.done');
  expect(done).toMatchObject({ input: patch });
  const last = events.at(-1);
  if (last?.type !== 'response.completed') throw new Error(`It ended with ${last?.type}.`);
  expect(last.response.output).toMatchObject([item]);

  const input = [{ type: 'custom_tool_call_output' as const, call_id: 'call_p', output: 'done' }];
  const more = { model: 'm', tools };
  const next = await place.client.responses.create({
    ...more,
    previous_response_id: last.response.id,
    input,
  });
  expect(next.output_text).toBe('Patched.');
  const byHand = [{ role: 'user' as const, content: 'patch it' }, ...whole.output, ...input];
  const again = await place.client.responses.create({ ...more, input: byHand as never });
  expect(again.output_text).toBe('Patched.');
});
