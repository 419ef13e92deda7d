// A request that is passed on, by a caller whose budget is used up and says: ask a cheaper model.

import type { KernelEvent } from '@aios/protocol';
import { always, vendorServers } from '@aios/testing';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../test-support/index.ts';

const tools = [{ type: 'function', function: { name: 'find', parameters: { type: 'object' } } }];

interface Case {
  readonly cheaper: string;
  /** Of the configured model. */
  readonly entry: { readonly backend: 'vllm' | 'anthropic'; readonly capabilities?: readonly string[] };
  readonly asked?: object;
  readonly answers: 'llm.forward' | 'llm.chat';
}

const cases: readonly Case[] = [
  { cheaper: 'one that speaks the format', entry: { backend: 'vllm' }, answers: 'llm.forward' },
  { cheaper: 'one of another format', entry: { backend: 'anthropic' }, answers: 'llm.chat' },
  {
    cheaper: 'one that lacks tools',
    entry: { backend: 'vllm', capabilities: ['chat', 'stream'] },
    asked: { tools },
    answers: 'llm.chat',
  },
];

async function start({ entry }: Case) {
  await using starting = new AsyncDisposableStack();
  const large = starting.use(await vendorServers.openai({ script: always({ text: 'large' }) }));
  const server = entry.backend === 'vllm' ? 'openai' : 'anthropic';
  const small = starting.use(await vendorServers[server]({ script: always({ text: 'from the small' }) }));
  const models = [
    { name: 'large', backend: 'vllm', hostname: large.baseUrl, model: 'large' },
    { name: 'small', ...entry, hostname: small.baseUrl, model: 'small', api_key: 'k' },
  ];
  const operator = { tokens: 1, at_limit: 'cheaper_model', cheaper_model: 'small' };
  const config = JSON.stringify({ llms: { models, retries: 0 }, quotas: { users: { operator } } });
  const aios = starting.use(await startTestServer({ config }));
  const running = starting.move();
  return { aios, large, small, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

describe.each(cases)('the cheaper model is $cheaper', (one) => {
  test.each([true, false])('it answers under the name that was asked for, stream: %s', async (stream) => {
    await using place = await start(one);
    const settled: KernelEvent[] = [];
    using _ = place.aios.kernel.events.subscribe((event) => {
      if (event.type === 'syscall-settled' && event.name.startsWith('llm.')) settled.push(event);
    });
    const response = await place.aios.request('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({
        model: 'large',
        messages: [{ role: 'user', content: 'Hello' }],
        stream,
        ...one.asked,
      }),
    });
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    const { contents, models } = read(text, stream);
    expect(contents.join('')).toBe('from the small');
    expect([...new Set(models)]).toEqual(['large']);
    const asked = ({ path }: { path: string }) => /completions|messages/.test(path);
    expect(place.large.requests.filter(asked)).toEqual([]);
    expect(place.small.requests.filter(asked)).toMatchObject([{ body: { model: 'small' } }]);
    expect(settled.at(-1)).toMatchObject({ status: 'ok', name: one.answers });
  });
});

interface Answer {
  readonly model: string;
  readonly choices: readonly {
    readonly delta?: { readonly content?: string };
    readonly message?: { readonly content: string };
  }[];
}

function read(text: string, stream: boolean): { contents: string[]; models: string[] } {
  const answers: Answer[] = stream
    ? [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data = '']) => JSON.parse(data))
    : [JSON.parse(text)];
  return {
    contents: answers.flatMap(({ choices }) =>
      choices.map(({ delta, message }) => (delta ?? message)?.content ?? ''),
    ),
    models: answers.map(({ model }) => model),
  };
}
