// The data-flow guard: marks on what came from outside, and the question to a person before it can do harm.

export { Guard, sourceName } from './guard.ts';
