// For tests and benchmarks only: servers that speak the vendors’ wire formats, and the scripted model behind them.

export {
  type OpenAiServer,
  type OpenAiServerOptions,
  type RecordedRequest,
  startOpenAiServer,
} from './openai-server/index.ts';
export {
  always,
  type Fault,
  firstOf,
  rules,
  type Script,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  sequence,
} from './scripted-model/index.ts';
