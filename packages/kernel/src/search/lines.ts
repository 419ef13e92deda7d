/** A line of a text, or a part of one that is too long. Parts of one line have its number. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines of a text, counted from 1, those longer than `maximum` characters cut into parts, at blanks if possible. */
export function linesOf(text: string, maximum: number): Line[] {
  return text
    .split(/\r\n|\n|\r/)
    .flatMap((line, index) => cut(line, maximum - 1).map((part) => ({ number: index + 1, text: part })));
}

function cut(line: string, maximum: number): string[] {
  const parts: string[] = [];
  let start = 0;
  while (line.length - start > maximum) {
    const end = endOfPart(line, start, maximum);
    parts.push(line.slice(start, end));
    start = end;
  }
  return [...parts, line.slice(start)];
}

function endOfPart(line: string, start: number, maximum: number): number {
  const blank = line.lastIndexOf(' ', start + maximum - 1);
  if (blank > start + maximum / 2) return blank + 1;
  const end = start + maximum;
  const splitsCharacter = (line.codePointAt(end - 1) ?? 0) > 0xffff;
  return splitsCharacter ? end - 1 : end;
}
