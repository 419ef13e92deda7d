// Tool calls and structured output for models that lack them, by prompt and repair, and the check of structured output for
// those that have it.

export { withEmulation } from './with-emulation.ts';
