import { type Line, linesOf } from './lines.ts';

/** A piece of a text, small enough to be quoted. Lines are counted from 1. */
export interface Passage {
  readonly startLine: number;
  readonly endLine: number;
  /** Headings that the passage stands under, outermost first, joined by ` › `; empty without one. */
  readonly heading: string;
  readonly text: string;
}

export type TextKind = 'markdown' | 'plain';

interface Section {
  readonly heading: string;
  readonly lines: Line[];
}

/** A passage ends before it would grow beyond this. */
const maximumCharacters = 1200;

/**
 * Cuts a text into passages of up to 1,200 characters: at headings (Markdown) and blank lines where possible, at line ends
 * where a block is too long, within a line only where the line itself is. Every line that is not blank is in one.
 */
export function splitPassages(text: string, kind: TextKind): Passage[] {
  const lines = linesOf(text, maximumCharacters);
  const sections = kind === 'markdown' ? splitAtHeadings(lines) : [{ heading: '', lines }];
  return sections.flatMap(splitSection);
}

const headingLine = /^ {0,3}(?<marks>#{1,6})[ \t]+(?<title>.*?)[ \t#]*$/;
const fenceLine = /^ {0,3}(?:```|~~~)/;

function splitAtHeadings(lines: readonly Line[]): Section[] {
  const path: string[] = [];
  let current: Section = { heading: '', lines: [] };
  const sections = [current];
  let fenced = false;
  for (const line of lines) {
    if (fenceLine.test(line.text)) fenced = !fenced;
    const heading = fenced ? undefined : headingLine.exec(line.text)?.groups;
    if (heading?.marks !== undefined) {
      path.length = Math.min(path.length, heading.marks.length - 1);
      while (path.length < heading.marks.length - 1) path.push('');
      path.push(heading.title ?? '');
      current = { heading: path.filter((title) => title !== '').join(' › '), lines: [] };
      sections.push(current);
    }
    current.lines.push(line);
  }
  return sections;
}

function splitSection({ heading, lines }: Section): Passage[] {
  const passages: Passage[] = [];
  let current: Line[] = [];
  let characters = 0;
  const finish = () => {
    passages.push(...toPassage(current, heading));
    current = [];
    characters = 0;
  };
  for (const block of splitAtBlankLines(lines)) {
    if (characters + lengthOf(block) > maximumCharacters) finish();
    for (const line of block) {
      if (characters + line.text.length + 1 > maximumCharacters) finish();
      current.push(line);
      characters += line.text.length + 1;
    }
  }
  finish();
  return passages;
}

/** Blocks end with the blank lines that follow them. */
function splitAtBlankLines(lines: readonly Line[]): Line[][] {
  const blocks: Line[][] = [];
  let current: Line[] = [];
  let ended = false;
  for (const line of lines) {
    const blank = line.text.trim() === '';
    if (ended && !blank) {
      blocks.push(current);
      current = [];
    }
    ended = blank && current.length > 0;
    current.push(line);
  }
  return [...blocks, current];
}

function lengthOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.text.length + 1, 0);
}

function toPassage(lines: readonly Line[], heading: string): Passage[] {
  const isText = (line: Line) => line.text.trim() !== '';
  const kept = lines.slice(lines.findIndex(isText), lines.findLastIndex(isText) + 1);
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined || !isText(first)) return [];
  const text = kept.map((line) => line.text).join('\n');
  return [{ startLine: first.number, endLine: last.number, heading, text }];
}
