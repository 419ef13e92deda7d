import type { ChatReply, ToolCall, ToolSpecification } from '@aios/protocol';
import { type Check, type Finding, failed, passed, quoted } from '../check.ts';

const weather: ToolSpecification = {
  name: 'weather.current',
  description: 'The current weather of one city.',
  inputSchema: {
    type: 'object',
    properties: { city: { type: 'string', description: 'Name of the city' } },
    required: ['city'],
  },
};
const question = 'What is the weather in Paris now? Use the tool, then answer in one sentence.';

const forcedCall: Check = {
  name: 'tool call, forced',
  async run(subject) {
    const reply = await subject.ask(question, {
      tools: [weather],
      toolChoice: { tool: weather.name },
    });
    return problemOf(reply) ?? passed(howOf(reply));
  },
};

const callAndResult: Check = {
  name: 'tool call, result handed back',
  async run(subject) {
    const asked = { role: 'user', content: question } as const;
    const reply = await subject.chat({ messages: [asked], tools: [weather], toolChoice: 'auto' });
    const problem = problemOf(reply);
    if (problem !== undefined) return problem;
    const results = callsOf(reply).map(({ id, name }) => ({
      role: 'tool' as const,
      toolCallId: id,
      toolName: name,
      content: JSON.stringify({ temperatureCelsius: 17, sky: 'cloudy' }),
    }));
    const { message } = await subject.chat({
      messages: [asked, reply.message, ...results],
      tools: [weather],
      toolChoice: 'auto',
    });
    return /\b17\b|seventeen/i.test(message.content)
      ? passed(howOf(reply))
      : failed(`the answer does not use the result of the tool: ${quoted(message.content)}`);
  },
};

const parallelCalls: Check = {
  name: 'parallel tool calls',
  needs: 'parallel_tools',
  async run(subject) {
    const reply = await subject.ask(
      'Call the tool twice in this one reply, once for Paris and once for Rome, both at the same time.',
      { tools: [weather], toolChoice: 'auto' },
    );
    const problem = problemOf(reply);
    if (problem !== undefined) return problem;
    const calls = callsOf(reply);
    if (calls.length < 2) return failed(`${calls.length} call in a reply where two were asked for`);
    const ids = new Set(calls.map(({ id }) => id));
    return ids.size === calls.length ? passed(`${calls.length} calls`) : failed('two calls have the same id');
  },
};

export const toolChecks: readonly Check[] = [forcedCall, callAndResult, parallelCalls];

function callsOf({ message }: ChatReply): readonly ToolCall[] {
  return message.toolCalls ?? [];
}

/** What is wrong with the calls of a reply that has to have some. */
function problemOf(reply: ChatReply): Finding | undefined {
  const calls = callsOf(reply);
  if (calls.length === 0) return failed(`the model called no tool: ${quoted(reply.message.content)}`);
  for (const { id, name, arguments: given, malformed } of calls) {
    if (name !== weather.name)
      return failed(`the model called a tool ${quoted(name)} that it was not offered`);
    if (malformed !== undefined) return failed(`the arguments are not JSON: ${quoted(malformed)}`);
    if (id === '') return failed('the call has no id');
    const { city } = given;
    if (typeof city !== 'string' || city === '') {
      return failed(`the arguments lack "city": ${quoted(JSON.stringify(given))}`);
    }
  }
  const { finishReason } = reply;
  return finishReason === 'tool_calls'
    ? undefined
    : failed(`finish reason ${finishReason} instead of tool_calls`);
}

function howOf({ emulated }: ChatReply): string {
  return emulated?.includes('tools') ? 'emulated' : 'native';
}
