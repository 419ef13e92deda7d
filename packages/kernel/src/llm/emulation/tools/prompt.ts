import type { ChatMessage, ChatRequest, ToolCall } from '@aios/protocol';
import { instruct } from '../repair.ts';

// The markup is that of Hermes and Qwen (`<tool_call>` with JSON inside), which most open models have seen in training.

export const callStart = '<tool_call>';
export const callEnd = '</tool_call>';

/** The request for a model without tool calls: tools, calls and results are text. */
export function describeTools(request: ChatRequest): ChatRequest {
  const { tools = [], toolChoice, parallelToolCalls, ...rest } = request;
  const plain = { ...rest, messages: request.messages.map(toText) };
  if (tools.length === 0 || toolChoice === 'none') return plain;
  const offered =
    typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.tool) : tools;
  const signatures = offered.map(({ name, description, inputSchema }) =>
    JSON.stringify({ name, description, parameters: inputSchema }),
  );
  const instruction = [
    'You can call tools. These are the tools, one a line:',
    ...signatures,
    'To call one, write its name and its arguments as JSON between these marks, and nothing after them:',
    `${callStart}{"name": "the name", "arguments": {}}${callEnd}`,
    parallelToolCalls === false
      ? 'Call at most one tool.'
      : 'To call several, write several such blocks one after the other.',
    `The results come in the next message. ${whenToCall(toolChoice)}`,
  ];
  return instruct(plain, instruction.join('\n'));
}

function whenToCall(choice: ChatRequest['toolChoice']): string {
  if (choice === undefined || choice === 'auto') return 'Where no tool is needed, answer in plain words.';
  return typeof choice === 'object' ? `You must call ${choice.tool} now.` : 'You must call a tool now.';
}

function toText(message: ChatMessage): ChatMessage {
  if (message.role === 'tool') {
    const { toolName, content } = message;
    const lead = `Result of the tool ${toolName}:\n`;
    return {
      role: 'user',
      content: typeof content === 'string' ? lead + content : [{ type: 'text', text: lead }, ...content],
    };
  }
  if (message.role !== 'assistant' || message.toolCalls === undefined) return message;
  const { toolCalls, ...rest } = message;
  const blocks = toolCalls.map(asText).join('\n');
  return { ...rest, content: [message.content, blocks].filter((text) => text !== '').join('\n') };
}

function asText({ name, arguments: values }: ToolCall): string {
  return `${callStart}${JSON.stringify({ name, arguments: values })}${callEnd}`;
}
