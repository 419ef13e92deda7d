// Generations in time slices: one that must leave its slot is stopped, and goes on later from the text that it had come to.

export { chatInSlices } from './chat-in-slices.ts';
