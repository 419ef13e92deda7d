// What agents remember: notes that belong to an agent and outlive its processes, and their recall.

export { createMemory } from './memory.ts';
