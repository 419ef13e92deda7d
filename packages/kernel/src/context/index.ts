// What a model is told: the kept conversations of processes and their checkpoints. A folder for each part.

export { createContexts } from './checkpoint/index.ts';
