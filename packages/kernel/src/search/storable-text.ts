import type { Passage } from './passages.ts';

/** Passages as JSON, without what PostgreSQL can’t store: NUL and halves of surrogate pairs become U+FFFD. */
export function passagesAsJson(passages: readonly Passage[]): string {
  return JSON.stringify(
    passages.map(({ startLine, endLine, heading, text }) => [
      startLine,
      endLine,
      storable(heading),
      storable(text),
    ]),
  );
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
