import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { printable, wrap } from './text.ts';

/** Styles by what they mean, so that all commands look alike. */
const styles = {
  heading: 'bold',
  faint: 'dim',
  good: 'green',
  bad: 'red',
  warning: 'yellow',
} as const;
export type Style = keyof typeof styles;

type Stream = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

const defaultWidth = 80;
const maxWidth = 110;
const defaultHeight = 24;

export interface FullView extends Disposable {
  draw(lines: readonly string[]): void;
}

/** A stream for people: knows its width and whether it shows colours, and keeps one line at the bottom that may change. */
export class Screen {
  readonly #stream: Stream;
  #live = '';

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Characters in a line. */
  get width(): number {
    return Math.min(this.#stream.columns || defaultWidth, maxWidth);
  }

  /** Lines that are seen at a time. */
  get height(): number {
    return this.#stream.rows || defaultHeight;
  }

  /** Whether lines can be overwritten. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Colours only on a terminal, and not with NO_COLOR. */
  paint(style: Style, text: string): string {
    if (text === '') return text;
    return styleText(styles[style], text, { stream: this.#stream });
  }

  line(text = ''): void {
    const live = this.#live;
    this.live('');
    this.#stream.write(`${text}\n`);
    this.live(live);
  }

  /** Shows text, from a model or a file, whose control characters must not reach the terminal. */
  text(text: string): void {
    this.line(printable(text));
  }

  /** The same, broken at spaces to the width. */
  prose(text: string, style?: Style): void {
    for (const line of wrap(text, this.width))
      this.line(style === undefined ? line : this.paint(style, line));
  }

  /** A piece of text that comes in parts, without an end of line. Control characters do not get through. */
  piece(text: string, style?: Style): void {
    this.live('');
    const shown = printable(text);
    this.#stream.write(style === undefined ? shown : this.paint(style, shown));
  }

  /** Replaces the changing line at the bottom; nothing where lines cannot be overwritten. */
  live(text: string): void {
    if (!this.isTerminal || (text === '' && this.#live === '')) return;
    this.#stream.write(`\r\x1b[2K${text}`);
    this.#live = text;
  }

  /** Takes the whole terminal for a view that is drawn again and again; what stood there comes back when it is disposed. */
  full(): FullView {
    this.#stream.write('\x1b[?1049h\x1b[?25l');
    return {
      // Drawn over what is there, each line cleared to its end, so that nothing flickers.
      draw: (lines) => {
        this.#stream.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
      },
      [Symbol.dispose]: () => {
        this.#stream.write('\x1b[?25h\x1b[?1049l');
      },
    };
  }
}
