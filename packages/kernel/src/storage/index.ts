// Files: folders of the machine mounted in one tree, every version of what is written to them, and search in their text.
// Only this room touches mounted folders and the blob folder.

export type { FileRestorer } from './file-restorer.ts';
export { createStorage, type Storage } from './storage.ts';
