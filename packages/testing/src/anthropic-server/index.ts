// A server that speaks Anthropic’s Messages interface for the scripted model.

export { startAnthropicServer } from './server.ts';
