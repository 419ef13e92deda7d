/** The window of a model: as it was configured or is known, until its provider says otherwise. */
export class ModelWindow {
  #tokens: number | undefined;

  constructor(tokens: number | undefined) {
    this.#tokens = tokens;
  }

  /** Undefined where nobody knows it. */
  get tokens(): number | undefined {
    return this.#tokens;
  }

  /** The provider said it. */
  learn(tokens: number): void {
    this.#tokens = tokens;
  }
}
