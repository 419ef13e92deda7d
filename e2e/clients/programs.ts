import { join } from 'node:path';
import { npm, type PythonEnvironment, pypi } from './environments.ts';

/** What is looked at besides conversations and structured replies. */
export type OtherRun =
  | 'model'
  | 'models'
  | 'count'
  | 'image'
  | 'embeddings'
  | 'embeddings both ways'
  | 'wrong key'
  | 'no credit'
  | 'too busy'
  | 'wrong key of Google'
  | 'no credit at Google'
  | 'too busy at Google';

interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/** A program of npm/ or pypi/ that drives one client or framework. */
export interface Program {
  readonly name: string;
  readonly command: readonly [string, string];
  /** Conversations with a tool, for every model; those whose name ends in `streamed` are streamed. */
  readonly conversations: readonly string[];
  /** Conversations in a form that the vendors’ servers of @aios/testing do not speak any more. */
  readonly oldConversations?: readonly string[];
  /** Replies that are to match a schema, for every model. */
  readonly structured?: readonly string[];
  /** Other runs, by their names. */
  readonly others?: Readonly<Record<string, OtherRun>>;
  /** What the client counts of a conversation where it does not sum both replies up. */
  readonly usages?: Readonly<Record<string, Partial<Usage>>>;
  /** The same of the vendor itself, whose streams tell nothing to those who do not ask. */
  readonly vendorUsages?: Readonly<Record<string, Usage>>;
}

const none: Usage = { inputTokens: 0, outputTokens: 0 };
const refusals = { 'wrong key': 'wrong key', 'no credit': 'no credit', 'too busy': 'too busy' } as const;

const openai = {
  conversations: ['chat', 'chat, streamed', 'responses', 'responses, streamed'],
  structured: ['structured chat', 'structured response'],
  others: {
    image: 'image',
    'image in a response': 'image',
    model: 'model',
    models: 'models',
    embeddings: 'embeddings both ways',
    ...refusals,
  },
} as const;

const anthropic = {
  conversations: ['messages', 'messages, streamed'],
  structured: ['structured message'],
  others: { image: 'image', model: 'model', models: 'models', count: 'count', ...refusals },
} as const;

const gemini = {
  structured: ['structured'],
  others: {
    image: 'image',
    count: 'count',
    models: 'models',
    embeddings: 'embeddings',
    'wrong key': 'wrong key of Google',
    'no credit': 'no credit at Google',
    'too busy': 'too busy at Google',
  },
} as const;

function node(file: string): readonly [string, string] {
  return [process.execPath, join(npm.programs, file)];
}

function python(environment: PythonEnvironment, file: string): readonly [string, string] {
  return [pypi.python(environment), join(pypi.programs, file)];
}

const aiSdkProviders = ['openai responses', 'openai chat', 'anthropic', 'compatible'];

export const programs: readonly Program[] = [
  { name: 'openai (npm)', command: node('openai.ts'), ...openai },
  { name: 'openai (PyPI)', command: python('official-clients', 'openai_client.py'), ...openai },
  { name: '@anthropic-ai/sdk', command: node('anthropic.ts'), ...anthropic },
  { name: 'anthropic (PyPI)', command: python('official-clients', 'anthropic_client.py'), ...anthropic },
  {
    name: '@google/genai',
    command: node('genai.ts'),
    conversations: ['generateContent', 'generateContent, streamed'],
    ...gemini,
  },
  {
    name: 'google-genai (PyPI)',
    command: python('official-clients', 'genai_client.py'),
    conversations: ['generate_content', 'generate_content, streamed'],
    // Its own loop tells the tokens of the last reply only.
    usages: { generate_content: { inputTokens: 150, outputTokens: 30 } },
    ...gemini,
    structured: ['structured', 'structured, pydantic'],
  },
  {
    name: 'OpenAI Agents (npm)',
    command: node('openai-agents.ts'),
    conversations: ['responses', 'responses, streamed', 'chat_completions', 'chat_completions, streamed'],
    others: refusals,
  },
  {
    name: 'OpenAI Agents (PyPI)',
    command: python('openai-agents', 'openai_agents.py'),
    conversations: ['responses', 'responses, streamed', 'chat_completions', 'chat_completions, streamed'],
    vendorUsages: { 'chat_completions, streamed': none },
  },
  {
    name: 'Vercel AI SDK',
    command: node('ai-sdk.ts'),
    conversations: aiSdkProviders.flatMap((provider) => [provider, `${provider}, streamed`]),
    structured: aiSdkProviders.map((provider) => `${provider}, structured`),
    others: { 'openai, embeddings': 'embeddings', 'compatible, embeddings': 'embeddings' },
  },
  {
    name: 'LangGraph (npm)',
    command: node('langgraph.ts'),
    conversations: ['chat', 'chat, streamed', 'responses', 'responses, streamed'],
    structured: ['structured'],
    others: { embeddings: 'embeddings' },
  },
  {
    name: 'LangGraph (PyPI)',
    command: python('langgraph', 'langgraph_agent.py'),
    conversations: ['chat', 'chat, streamed', 'responses', 'responses, streamed'],
    structured: ['structured'],
    others: { embeddings: 'embeddings' },
  },
  {
    name: 'Mastra',
    command: node('mastra.ts'),
    conversations: ['generate', 'generate, streamed'],
    vendorUsages: { 'generate, streamed': none },
  },
  {
    name: 'Google ADK',
    command: node('google-adk.ts'),
    conversations: ['agent', 'agent, streamed'],
    // Its streams tell one reply in several events, each with the tokens that it knows of.
    usages: { 'agent, streamed': {} },
  },
  {
    name: 'AutoGen 0.2',
    command: python('autogen-0.2', 'autogen_02.py'),
    conversations: ['tools', 'tools, streamed'],
    // One call at a time, so one turn more.
    oldConversations: ['functions'],
    others: { 'no credit': 'no credit', 'too busy': 'too busy' },
    // Of streams it counts the pieces itself, with tiktoken.
    usages: { 'tools, streamed': {}, functions: { inputTokens: 350, outputTokens: 70 } },
  },
  {
    name: 'AutoGen 0.7',
    command: python('autogen-0.7', 'autogen_07.py'),
    conversations: ['team', 'team, streamed'],
    structured: ['structured'],
    vendorUsages: { 'team, streamed': none },
  },
  {
    name: 'smolagents',
    command: python('smolagents', 'smolagents_agent.py'),
    conversations: ['tools', 'tools, streamed', 'code', 'code, streamed'],
  },
];
