import { stripVTControlCharacters } from 'node:util';

const segmenter = new Intl.Segmenter();
/** Control characters but newline and tab: C0, DEL and C1. */
const controls = /[\p{Cc}--[\n\t]]/gv;

/** Takes out what would steer the terminal rather than be read. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(controls, '');
}

/** Characters as a person counts them. */
function lengthOf(text: string): number {
  return [...segmenter.segment(stripVTControlCharacters(text))].length;
}

/** Fills up with spaces on the right; styles do not count. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - lengthOf(text))) + text;
}

/** One line of at most this many characters; what is cut out, in the middle, becomes `…`. */
export function fit(text: string, width: number): string {
  const characters = [...segmenter.segment(printable(text).replaceAll(/\s+/g, ' '))].map(
    (part) => part.segment,
  );
  if (characters.length <= width) return characters.join('');
  if (width < 2) return '…'.slice(0, width);
  const tail = Math.floor((width - 1) / 2);
  return `${characters.slice(0, width - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`;
}

/** Breaks text at spaces into lines of at most this width; a longer word keeps a line of its own. */
export function wrap(text: string, width: number, indent = ''): string[] {
  return printable(text)
    .split('\n')
    .flatMap((paragraph) => wrapLine(paragraph, width - indent.length))
    .map((line) => (line === '' ? '' : indent + line));
}

function wrapLine(text: string, width: number): string[] {
  const hanging = /^\s*(?:[-*] |\d+\. )?/.exec(text)?.[0].length ?? 0;
  const [first = '', ...rest] = text.slice(hanging).split(/\s+/);
  const lines: string[] = [];
  let line = text.slice(0, hanging) + first;
  for (const word of rest) {
    if (lengthOf(line) + 1 + lengthOf(word) <= width) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = ' '.repeat(hanging) + word;
    }
  }
  return [...lines, line.trimEnd()];
}

/** A time span in the unit that suits it: `<1 ms`, `38 ms`, `1.24 s`, `2 min 5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1) return '<1 ms';
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_995) return `${(durationMs / 1000).toFixed(durationMs < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 60 / 24)} d ${Math.floor(minutes / 60) % 24} h`;
}

/** A time span in its largest unit, for tables: `5 s`, `12 min`, `3 h`, `9 d`. */
export function formatAge(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

export function formatBytes(sizeBytes: number): string {
  const megabytes = sizeBytes / 1_000_000;
  return megabytes >= 1
    ? `${formatCount(Math.round(megabytes))} MB`
    : `${formatCount(Math.ceil(sizeBytes / 1000))} kB`;
}
