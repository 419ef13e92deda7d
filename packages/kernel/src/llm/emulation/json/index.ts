// Replies in JSON: checked and, where wrong, asked for again; asked for by prompt where the model knows no JSON mode.

export { chatWithJson } from './chat-with-json.ts';
