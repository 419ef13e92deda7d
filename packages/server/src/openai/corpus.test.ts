import { always, firstOf } from '@aios/testing';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus } from './corpus.fixture.ts';
import { type Gateway, startGateway, upstreams } from './gateway.fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(
    firstOf(
      ({ tools, toolChoice }) =>
        tools.length > 0 && toolChoice === 'required'
          ? { toolCalls: [{ name: tools[0] ?? '', arguments: { a: 2, b: 3 } }] }
          : undefined,
      always({ text: '[{"answer": 5}]', usage: { inputTokens: 11, outputTokens: 7 } }),
    ),
  );
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(upstreams)('through %s', (upstream) => {
  test.each(Object.entries(corpus))(
    'the request of %s is answered',
    async (_framework, { model, ...body }) => {
      // The frameworks’ own names of models lead to this one.
      const operator = gateway.kernel.open(gateway.token);
      const { token } = await operator.call('key.create', { name: 'f', aliases: { '*': upstream } });
      const client = gateway.client({ apiKey: token });
      const request = { ...body, model } as OpenAI.ChatCompletionCreateParams;
      const answer = await client.chat.completions.create(request);
      if (!(Symbol.asyncIterator in answer)) {
        const [choice] = answer.choices;
        expect(
          choice?.message.content || choice?.message.tool_calls || choice?.message.function_call,
        ).toBeTruthy();
        expect(answer.usage?.total_tokens).toBeGreaterThan(0);
        return;
      }
      const chunks = await Array.fromAsync(answer);
      expect(chunks.some(({ choices }) => choices[0]?.delta.content || choices[0]?.delta.tool_calls)).toBe(
        true,
      );
      expect(chunks.some(({ choices }) => choices[0]?.finish_reason)).toBe(true);
      expect(chunks.filter(({ usage }) => usage).length).toBe(1);
    },
  );
});
