// What memory and storage share: full text over documents and their passages. Documents stand on a shelf (tenant and
// collection); their keys are paths.

export { createTextIndex } from './create-text-index.ts';
export { type Passage, splitPassages, type TextKind } from './passages.ts';
export type { FoundPassage, IndexedDocument, Shelf, TextIndex } from './text-index.ts';
