import type { Passage } from './passages.ts';

export interface Sentence {
  text: string;
  /** Where it stands: `path:line`, or the source alone. */
  citation: string;
  heading: string;
  /** Place of its passage among the results; the search put the best first. */
  rank: number;
}

const sentenceEnd = /(?<=[.!?。！？]["')\]]?)\s+(?=["'(`*[]?[\p{Lu}\p{N}])/u;
/** Shorter ones, such as table cells and labels, say nothing by themselves. */
const minLength = 12;
const maxLength = 400;

/** The sentences of a passage with the line that each begins at. Lines of lists, tables and code stand alone. */
export function sentencesOf(passage: Passage, rank: number): Sentence[] {
  const found: Sentence[] = [];
  let heading = passage.heading ?? '';
  for (const block of blocksOf(passage.text)) {
    const title = /^#{1,6}\s+(.*)$/.exec(block.text)?.[1];
    if (title !== undefined) {
      heading = title.trim();
      continue;
    }
    let offset = 0;
    for (const part of block.text.split(sentenceEnd)) {
      const at = block.text.indexOf(part, offset);
      offset = at + part.length;
      const text = tidy(part);
      if (text.length < minLength) continue;
      const line = block.line + newlinesBefore(block.text, at);
      found.push({ text, citation: cite(passage, line), heading, rank });
    }
  }
  return found;
}

interface Block {
  text: string;
  /** Counted from 0 at the passage’s first line. */
  line: number;
}

/** Paragraphs as wrapped, and each list item, table row, heading and line of code for itself. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let isCode = false;
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (/^(```|~~~)/.test(trimmed)) isCode = !isCode;
    const isFence = /^(```|~~~|[-=*_|\s:]*$)/.test(trimmed);
    const standsAlone = isCode || /^(#{1,6}\s|[-*+]\s|\d+[.)]\s|\||>)/.test(trimmed);
    if (isFence) {
      open = undefined;
      continue;
    }
    if (standsAlone || open === undefined) {
      open = { text: trimmed, line: index };
      blocks.push(open);
      if (/^#{1,6}\s/.test(trimmed) || isCode) open = undefined;
    } else {
      open.text += `\n${trimmed}`;
    }
  }
  return blocks;
}

function tidy(text: string): string {
  const plain = (text.startsWith('|') ? cellsOf(text) : text)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^(?:[-*+]|\d+[.)]|>)\s+/, '')
    .trim();
  return plain.length > maxLength ? `${plain.slice(0, maxLength).trimEnd()}…` : plain;
}

/** A table row as its cells. */
function cellsOf(row: string): string {
  const cells = row.split('|').map((cell) => cell.trim());
  return cells.filter((cell) => cell !== '').join(' — ');
}

function newlinesBefore(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function cite({ source, startLine }: Passage, line: number): string {
  return startLine === undefined ? source : `${source}:${startLine + line}`;
}
