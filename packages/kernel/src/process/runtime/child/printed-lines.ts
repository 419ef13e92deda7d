import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const maxLineLength = 10_000;
/** Lines that are taken at once; a program that prints faster than logs are written has to wait. */
const linesPerPause = 200;
const pauseMs = 50;

/** Takes what a program prints line by line, at a bounded pace, until it has closed the stream. */
export async function readPrintedLines(stream: Readable, onLine: (text: string) => void): Promise<void> {
  let rest = '';
  let taken = 0;
  const take = (text: string): void => {
    if (text === '') return;
    taken += 1;
    onLine(text);
  };
  for await (const data of stream.setEncoding('utf8')) {
    const lines = `${rest}${data}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line.slice(0, maxLineLength));
    for (; rest.length > maxLineLength; rest = rest.slice(maxLineLength)) take(rest.slice(0, maxLineLength));
    if (taken < linesPerPause) continue;
    taken = 0;
    await delay(pauseMs);
  }
  take(rest);
}
