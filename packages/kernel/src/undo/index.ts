// Joint undo of processes, files and memory. Stands above the modules that it takes back.

export { createUndo } from './undo.ts';
