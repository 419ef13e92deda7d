// The windows of models: how large they are, what providers say of them, and calls whose conversations are made to fit.

export { Fitting } from './fitting.ts';
export { ModelWindow } from './model-window.ts';
export { overflowOf, readOverflow } from './overflow.ts';
