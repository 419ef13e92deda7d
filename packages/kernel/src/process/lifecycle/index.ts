// The life of a process: its states and what may follow them, its end, its family, the signals that it is sent.

export { type BadExit, type Exit, ended, lost, succeeded } from './exit.ts';
export { type Adoption, FamilyTree } from './family-tree.ts';
export { Life } from './life.ts';
export { SignalBox, type SignalRecord } from './signal-box.ts';
export { SignalStore, type StoredSignal } from './signal-store.ts';
export { finalStates, isFinal } from './transitions.ts';
