// What went wrong, as an HTTP client is told: problem documents and nothing of the inside.

export { answerProblem, problemMediaType } from './answer.ts';
export { explainFailure } from './explain.ts';
export { HttpRefusal } from './http-refusal.ts';
export { answerUnreadableRequest } from './unreadable-request.ts';
