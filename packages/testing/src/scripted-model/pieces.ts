/** The pieces that a text is streamed in: its own, or one a word. */
export function textPieces(text: string | readonly string[] | undefined): readonly string[] {
  if (text === undefined) return [];
  return typeof text === 'string' ? (text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) : text;
}

/** The whole of a text given as one string or in pieces. */
export function wholeText(text: string | readonly string[] | undefined): string {
  return typeof text === 'string' ? text : (text ?? []).join('');
}

/** A text cut into as many pieces of about the same length. */
export function cutInto(text: string, count: number): string[] {
  const length = Math.max(1, Math.ceil(text.length / Math.max(1, count)));
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}
