import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** A file that people read. */
export interface Page {
  /** Path from the root, such as docs/agents.md. */
  readonly path: string;
  readonly markdown: string;
}

export function readPage(path: string): Page {
  return { path, markdown: readFileSync(join(root, path), 'utf8') };
}

/** All pages, and those alone that people write; the rest is generated. */
export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync('docs/**/*.md', { cwd: root }),
]
  .map((path) => readPage(path.split(sep).join('/')))
  .toSorted((left, right) => left.path.localeCompare(right.path));

export const writtenPages = pages.filter(({ path }) => !path.startsWith('docs/reference/'));
