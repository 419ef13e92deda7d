/** A longer word is shown as it comes, so that text without spaces streams, too. */
const maxHeldBack = 30;

/** Breaks text that comes in pieces at spaces: a word is held back until it is whole. Other white space stays as it is. */
export class WordWrap {
  readonly #width: number;
  #column = 0;
  #space = '';
  #word = '';

  constructor(width: number) {
    this.#width = width;
  }

  /** What can be shown of the text so far. */
  push(piece: string): string {
    let shown = '';
    for (const [token] of piece.matchAll(/\n|[^\S\n]+|\S+/g)) {
      if (token === '\n') {
        shown += `${this.end()}\n`;
        this.#column = 0;
      } else if (token.trim() === '') {
        shown += this.#flush();
        this.#space += token;
      } else {
        this.#word += token;
        if (this.#word.length > maxHeldBack) shown += this.#flush();
      }
    }
    return shown;
  }

  /** The rest, when nothing more will come. */
  end(): string {
    const rest = this.#flush();
    this.#space = '';
    return rest;
  }

  #flush(): string {
    const [space, word] = [this.#space, this.#word];
    if (word === '') return '';
    this.#space = '';
    this.#word = '';
    const needed = space.length + word.length;
    if (space !== '' && this.#column > 0 && this.#column + needed > this.#width) {
      this.#column = word.length;
      return `\n${word}`;
    }
    this.#column += needed;
    return space + word;
  }
}
