// What agents remember: notes that belong to an agent and outlive its processes, and their recall.

export { createMemory, type Memory } from './memory.ts';
