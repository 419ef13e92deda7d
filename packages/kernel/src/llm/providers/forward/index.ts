// Passes requests on to endpoints that speak the dialect they came in: the body goes as it is but for the name of the model,
// the answer is read in passing. A further dialect is a file with a Format and its entry in format.ts.

export { beginningOf } from './beginning.ts';
export { createForwarder } from './forwarder.ts';
export { memberNamed, membersOfRequest, parsedMember } from './json-text.ts';
