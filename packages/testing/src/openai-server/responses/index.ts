// OpenAI’s Responses: items in and out, kept for the next request, streamed as typed events.

export { answerResponses } from './answer.ts';
export { ResponseStore } from './store.ts';
