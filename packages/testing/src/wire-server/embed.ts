const dimensions = 8;

/** Counts the letters of a text by their code: the same text has the same vector, another one mostly not. */
export function embed(text: string): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const character of text) {
    const place = (character.codePointAt(0) ?? 0) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  return vector;
}
