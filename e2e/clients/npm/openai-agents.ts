// OpenAI Agents, through responses (its default) and through chat completions.

import { Agent, tool as agentTool, run, setOpenAIAPI, setTracingDisabled } from '@openai/agents';
import { converse, instructions, models, question, report, tool } from './orders.ts';

setTracingDisabled(true);

const agentOf = (model: string, lookUp: (input: { order: string }) => string) =>
  new Agent({ name: 'orders', instructions, model, tools: [agentTool({ ...tool, execute: lookUp })] });

for (const api of ['responses', 'chat_completions'] as const) {
  setOpenAIAPI(api);
  for (const model of models) {
    await converse(api, model, async (lookUp) => {
      const { finalOutput, state } = await run(agentOf(model, lookUp), question);
      return { answer: finalOutput ?? '', usage: state.usage };
    });
    await converse(`${api}, streamed`, model, async (lookUp) => {
      const stream = await run(agentOf(model, lookUp), question, { stream: true });
      let deltas = 0;
      for await (const _ of stream.toTextStream()) deltas += 1;
      await stream.completed;
      return { answer: stream.finalOutput ?? '', deltas, usage: stream.state.usage };
    });
  }
}
report();
