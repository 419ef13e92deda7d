// What a model is given and has said so far: generations that pause and go on.

export * from './snapshot/index.ts';
