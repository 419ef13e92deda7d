// Tool calls for models that have none: the tools are told in the prompt, calls are read from the text.

export { chatWithTools } from './chat-with-tools.ts';
