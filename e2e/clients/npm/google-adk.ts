// Google's Agent Development Kit, which speaks Gemini's dialect.

import { FunctionTool, Gemini, InMemoryRunner, isFinalResponse, LlmAgent, StreamingMode } from '@google/adk';
import { converse, instructions, models, question, report, tool, total, type Usage } from './orders.ts';

for (const name of models) {
  for (const streamingMode of [StreamingMode.NONE, StreamingMode.SSE]) {
    const streamed = streamingMode === StreamingMode.SSE;
    await converse(streamed ? 'agent, streamed' : 'agent', name, async (lookUp) => {
      const agent = new LlmAgent({
        name: 'orders',
        model: new Gemini({ model: name, apiKey: process.env.GEMINI_API_KEY ?? '' }),
        instruction: instructions,
        tools: [new FunctionTool({ ...tool, execute: (input) => ({ result: lookUp(input) }) })],
      });
      const newMessage = { role: 'user', parts: [{ text: question }] };
      const usages: Usage[] = [];
      let answer = '';
      let deltas = 0;
      const runner = new InMemoryRunner({ agent });
      for await (const event of runner.runEphemeral({
        userId: 'tester',
        newMessage,
        runConfig: { streamingMode },
      })) {
        if (event.errorCode !== undefined) throw new Error(`${event.errorCode}: ${event.errorMessage}`);
        const text = (event.content?.parts ?? []).map((part) => part.text ?? '').join('');
        if (event.partial) {
          if (text !== '') deltas += 1;
          continue;
        }
        usages.push({
          inputTokens: event.usageMetadata?.promptTokenCount ?? 0,
          outputTokens: event.usageMetadata?.candidatesTokenCount ?? 0,
        });
        if (isFinalResponse(event)) answer = text;
      }
      return { answer, usage: total(usages), ...(streamed && { deltas }) };
    });
  }
}
report();
