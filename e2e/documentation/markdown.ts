// What the tests of the documentation read out of Markdown.

/** A fenced block, such as ```sh test. */
export interface Fence {
  /** Words after the backticks: the language first, then marks such as `test` or `file=diary.ts`. */
  readonly info: readonly string[];
  readonly text: string;
  /** Line of the opening backticks, counted from 1. */
  readonly line: number;
}

const fencePattern = /^```(.*)\n([\s\S]*?)^```$/gm;

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(fencePattern)].map(({ 1: info = '', 2: text = '', index }) => ({
    info: info.split(/\s+/).filter(Boolean),
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));
}

/** The value of a mark such as `file=diary.ts`. */
export function markOf({ info }: Fence, name: string): string | undefined {
  return info.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function withoutFences(markdown: string): string {
  return markdown.replace(fencePattern, '');
}

/** The texts between single backticks, outside of fenced blocks. */
export function codeSpansOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
}

/** The targets of links, outside of fenced blocks. */
export function linksOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub gives the headings. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = [...withoutFences(markdown).matchAll(/^#{1,6} +(.+)$/gm)];
  return new Set(headings.map(([, heading = '']) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The lines of shell blocks and the code spans, with continued lines joined: where commands stand. */
export function commandsIn(markdown: string): string[] {
  const blocks = fencesOf(markdown).filter(({ info }) => ['sh', 'console'].includes(info[0] ?? ''));
  const lines = blocks.flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'));
  return [...lines, ...codeSpansOf(markdown)];
}
