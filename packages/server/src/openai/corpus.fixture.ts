// What frameworks really sent to POST /v1/chat/completions, shortened to what is peculiar to each.

const add = {
  description: 'add',
  name: 'add',
  parameters: {
    type: 'object',
    properties: { a: { type: 'integer', description: 'a' }, b: { type: 'integer', description: 'b' } },
    required: ['a', 'b'],
  },
};
const strictAdd = { ...add, parameters: { ...add.parameters, additionalProperties: false } };
const tools = [{ type: 'function', function: add }];
const called = (id: string) => ({
  tool_calls: [{ id, function: { arguments: '{"a":2,"b":3}', name: 'add' }, type: 'function' }],
  role: 'assistant',
});
const system = {
  content: 'You are a helpful AI assistant.\nSolve tasks using your coding skills.',
  role: 'system',
};

/** Requests by the framework that sends them. */
export const corpus: Readonly<
  Record<string, { messages: unknown[]; stream?: boolean } & Record<string, unknown>>
> = {
  'autogen-0.2 code execution': {
    messages: [
      system,
      { content: 'do it', role: 'user', name: 'user' },
      { content: '```python\nprint(6*7)\n```', role: 'assistant', name: 'assistant' },
      { content: 'exitcode: 0 (execution succeeded)\nCode output: \n42\n', role: 'user', name: 'user' },
    ],
    model: 'm',
    stream: false,
  },
  'autogen-0.2 tools': {
    messages: [
      system,
      { content: 'do it', role: 'user', name: 'user' },
      { ...called('call_1_0'), content: null },
      { tool_call_id: 'call_1_0', role: 'tool', content: '5' },
    ],
    model: 'm',
    stream: false,
    tools,
  },
  'autogen-0.2 legacy functions': {
    messages: [system, { content: 'do it', role: 'user', name: 'user' }],
    model: 'm',
    functions: [add],
    stream: false,
  },
  'autogen-0.7 team': {
    messages: [
      system,
      { role: 'user', name: 'user', content: 'compute' },
      { role: 'assistant', content: '```python\nprint(6*7)\n```' },
      { role: 'user', name: 'exec', content: '42\n' },
    ],
    model: 'm',
    stream: false,
  },
  'autogen-0.7 tools': {
    messages: [system, { role: 'user', name: 'user', content: '2+3?' }],
    model: 'm',
    stream: false,
    tool_choice: 'auto',
    tools: [{ type: 'function', function: { ...strictAdd, strict: false } }],
  },
  'autogen-0.7 tools, streamed': {
    messages: [
      system,
      { role: 'user', name: 'user', content: '2+3?' },
      { ...called('call_1_0'), content: null },
      { content: '5', role: 'tool', tool_call_id: 'call_1_0' },
    ],
    model: 'm',
    stream: true,
  },
  'open-interpreter text': {
    messages: [system, { role: 'user', content: 'compute 6*7' }],
    model: 'm',
    max_tokens: 1000,
    stream: true,
  },
  'open-interpreter tools': {
    messages: [
      system,
      { role: 'user', content: 'compute 6*7' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          {
            id: 'toolu_1',
            type: 'function',
            function: { name: 'execute', arguments: '{"language": "python", "code": "print(6*7)"}' },
          },
        ],
      },
      { role: 'tool', name: 'execute', content: '42', tool_call_id: 'toolu_1' },
    ],
    model: 'gpt-4o',
    max_tokens: 1000,
    stream: true,
    tools: [
      {
        type: 'function',
        function: {
          name: 'execute',
          description: 'Executes code',
          parameters: {
            type: 'object',
            properties: { language: { type: 'string', enum: ['python', 'shell'] }, code: { type: 'string' } },
            required: ['language', 'code'],
          },
        },
      },
    ],
  },
  'metagpt role': {
    messages: [
      { role: 'system', content: 'You are a Coder, named Alice, your goal is . ' },
      { role: 'user', content: 'Write python for: add two numbers' },
    ],
    model: 'm',
    max_tokens: 4096,
    stream: true,
    temperature: 0,
  },
  'metagpt company': {
    messages: [
      system,
      { role: 'user', content: '[Message] from User to Mike: write a hello world cli' },
      { role: 'user', content: '\n# Past Experience\n<experience>\n' },
    ],
    model: 'm',
    max_tokens: 4096,
    stream: true,
    temperature: 0,
  },
  'pyopenagi plan': {
    messages: [system, { role: 'user', content: '2+3?' }],
    model: 'm',
    response_format: { type: 'json_object' },
  },
  'smolagents code agent': {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'You are an expert assistant.' }] },
      { role: 'user', content: [{ type: 'text', text: 'New task:\n2+3?' }] },
    ],
    model: 'm',
    stop: ['Observation:', 'Calling tools:', '</code>'],
  },
  'smolagents tool calling': {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'You are an expert assistant.' }] },
      { role: 'user', content: [{ type: 'text', text: 'New task:\n2+3?' }] },
      { role: 'assistant', content: [{ type: 'text', text: "Calling tools:\n[{'id': 'call_1_0'}]" }] },
      { role: 'user', content: [{ type: 'text', text: 'Observation:\n5' }] },
    ],
    model: 'm',
    stop: ['Observation:', 'Calling tools:'],
    tool_choice: 'required',
    tools: [
      ...tools,
      {
        type: 'function',
        function: {
          name: 'final_answer',
          description: 'Provides a final answer.',
          parameters: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
        },
      },
    ],
  },
  crewai: {
    messages: [
      { role: 'system', content: 'You are Adder. x\nYour personal goal is: add' },
      { role: 'user', content: '\nCurrent Task: 2+3?' },
      { ...called('call_1_0'), content: null },
      { role: 'tool', tool_call_id: 'call_1_0', name: 'add', content: '5' },
    ],
    model: 'm',
    tool_choice: 'auto',
    tools: [{ type: 'function', function: { ...strictAdd, strict: true } }],
  },
  'openai-agents chat, streamed': {
    messages: [
      { content: 'You add.', role: 'system' },
      { role: 'user', content: '2+3?' },
    ],
    model: 'gpt-5.6-luna',
    reasoning_effort: 'none',
    stream: true,
    tools: [{ type: 'function', function: { ...strictAdd, strict: true } }],
    verbosity: 'low',
  },
  'langgraph js': {
    model: 'gpt-4o',
    stream: true,
    tools: [{ type: 'function', function: strictAdd }],
    stream_options: { include_usage: true },
    messages: [
      { role: 'user', content: '2+3?' },
      { ...called('call_1_0'), content: '' },
      { role: 'tool', content: '5', name: 'add', tool_call_id: 'call_1_0' },
      { role: 'assistant', content: '5' },
      { role: 'user', content: 'thanks' },
    ],
  },
  mastra: {
    model: 'm',
    temperature: 0,
    messages: [
      { role: 'system', content: 'You add.' },
      { role: 'user', content: '2+3?' },
    ],
    tools: [{ type: 'function', function: strictAdd }],
    tool_choice: 'auto',
    stream: true,
  },
};
