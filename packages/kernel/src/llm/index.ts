// The LLM core: one core per model at an endpoint, the table of providers, the drivers that speak to them. Nothing reaches a
// provider but through the handlers made here. A further vendor is an entry in providers/table.ts.

export type { ForwardQuestion } from './forward-question.ts';
export { createLlm, type Llm } from './llm.ts';
export { memberNamed, membersOfRequest, parsedMember } from './providers/forward/index.ts';
export { Calibrations } from './tokens/index.ts';
