// LangGraph with LangChain's OpenAI model: its prebuilt agent, streams, structured output, embeddings.

import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import {
  converse,
  embeddingModel,
  instructions,
  models,
  observe,
  question,
  report,
  tool,
  total,
} from './orders.ts';

function graphOf(model: ChatOpenAI, lookUp: (input: { order: string }) => string) {
  const { parameters: schema, ...named } = tool;
  const tools = [langchainTool((input) => lookUp(schema.parse(input)), { ...named, schema })];
  const asking = model.bindTools(tools);
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({ messages: [await asking.invoke(messages)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge('__start__', 'model')
    .addConditionalEdges('model', toolsCondition)
    .addEdge('tools', 'model')
    .compile();
}

const input = {
  messages: [
    { role: 'system', content: instructions },
    { role: 'user', content: question },
  ],
};

const usageOf = (messages: readonly BaseMessage[]) =>
  total(
    messages
      .filter((message) => AIMessage.isInstance(message) || AIMessageChunk.isInstance(message))
      .map(({ usage_metadata }) => ({
        inputTokens: usage_metadata?.input_tokens ?? 0,
        outputTokens: usage_metadata?.output_tokens ?? 0,
      })),
  );

for (const name of models) {
  for (const useResponsesApi of [false, true]) {
    const run = useResponsesApi ? 'responses' : 'chat';
    const model = new ChatOpenAI({ model: name, useResponsesApi });
    await converse(run, name, async (lookUp) => {
      const { messages } = await graphOf(model, lookUp).invoke(input);
      return { answer: messages.at(-1)?.text ?? '', usage: usageOf(messages) };
    });
    await converse(`${run}, streamed`, name, async (lookUp) => {
      let deltas = 0;
      let answer = '';
      const pieces: BaseMessage[] = [];
      for await (const [message] of await graphOf(model, lookUp).stream(input, { streamMode: 'messages' })) {
        if (!AIMessageChunk.isInstance(message)) continue;
        pieces.push(message);
        answer += message.text;
        if (message.text !== '') deltas += 1;
      }
      return { answer, deltas, usage: usageOf(pieces) };
    });
  }
  await observe('structured', name, async () => {
    const schema = z.object({ city: z.string(), late: z.boolean() });
    const model = new ChatOpenAI({ model: name }).withStructuredOutput(schema, {
      method: 'jsonSchema',
      strict: true,
    });
    return { json: await model.invoke('Give the verdict.') };
  });
}
await observe('embeddings', embeddingModel, async () => {
  const vectors = await new OpenAIEmbeddings({ model: embeddingModel }).embedDocuments(['one', 'two']);
  return { lengths: vectors.map(({ length }) => length) };
});
report();
