import type { SharedV4Warning } from '@ai-sdk/provider';
import type { ChatRequest } from '@aios/protocol';
import type { Dialect } from '../provider.ts';
import { usesResponses } from './client.ts';
import type { Endpoint } from './endpoint.ts';

const withParallelSwitch: readonly Dialect[] = [
  'openai',
  'openai-responses',
  'openai-compatible',
  'azure',
  'anthropic',
  'groq',
  'mistral',
];
const withVerbosity: readonly Dialect[] = ['openai', 'openai-responses', 'openai-compatible', 'azure'];
const withEndUser: readonly Dialect[] = [...withVerbosity, 'anthropic', 'groq'];

/** What a request asks for that the endpoint’s package has no words for at all, and that it does not say itself. */
export function unsupportedSettings(request: ChatRequest, endpoint: Endpoint): SharedV4Warning[] {
  const { parallelToolCalls, verbosity, user, messages } = request;
  const { dialect } = endpoint.provider;
  const missing: [feature: string, isMissing: boolean][] = [
    ['parallelToolCalls', parallelToolCalls === false && !withParallelSwitch.includes(dialect)],
    ['verbosity', verbosity !== undefined && !withVerbosity.includes(dialect)],
    ['user', user !== undefined && !withEndUser.includes(dialect)],
    ['name of messages', messages.some(isNamed) && !takesSpeakerNames(endpoint, request)],
  ];
  return missing.filter(([, isMissing]) => isMissing).map(([feature]) => ({ type: 'unsupported', feature }));
}

/** Chat Completions takes the names of speakers; no other format does. */
function takesSpeakerNames(endpoint: Endpoint, request: ChatRequest): boolean {
  return withVerbosity.includes(endpoint.provider.dialect) && !usesResponses(endpoint, request);
}

function isNamed(message: ChatRequest['messages'][number]): boolean {
  return message.role !== 'tool' && message.name !== undefined;
}
