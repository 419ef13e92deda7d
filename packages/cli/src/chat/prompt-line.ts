import { createInterface } from 'node:readline/promises';

/**
 * Reads lines at the terminal, with the earlier ones at the arrow keys. The terminal is ours only while a line is read, so
 * that in between Ctrl-C is a signal.
 */
export class PromptLine {
  readonly #complete: (line: string) => Promise<string[]>;
  #history: string[] = [];

  constructor(complete: (line: string) => Promise<string[]>) {
    this.#complete = complete;
  }

  /** The next line; one that ends with a backslash goes on below. Undefined after Ctrl-C or Ctrl-D. */
  async read(prompt: string): Promise<string | undefined> {
    const line = await this.#readOne(prompt);
    if (line === undefined || !line.endsWith('\\')) return line;
    const rest = await this.read('… ');
    return rest === undefined ? undefined : `${line.slice(0, -1)}\n${rest}`;
  }

  async #readOne(prompt: string): Promise<string | undefined> {
    using terminal = createInterface({
      input: process.stdin,
      output: process.stdout,
      history: this.#history,
      removeHistoryDuplicates: true,
      completer: async (line): Promise<[string[], string]> => [await this.#complete(line), line],
    });
    const ended = Promise.withResolvers<undefined>();
    terminal.once('close', () => ended.resolve(undefined));
    terminal.once('SIGINT', () => terminal.close());
    terminal.on('history', (history: string[]) => {
      this.#history = [...history];
    });
    const line = await Promise.race([terminal.question(prompt), ended.promise]);
    if (line === undefined) process.stdout.write('\n');
    return line;
  }
}
