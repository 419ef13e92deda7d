// Tools that run code: expressions in an interpreter of their own, programs in a sandbox.

export { codeEvaluate } from './code-evaluate.ts';
export { codeRun } from './code-run.ts';
export { codeRunOnline } from './code-run-online.ts';
