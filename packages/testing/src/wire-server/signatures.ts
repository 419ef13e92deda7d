/** The signatures that a server gave out with a reply and wants back when the reply comes again as history. */
export class Signatures {
  readonly #issued = new Map<string, string>();

  /** `key` tells what was signed, such as the id of a tool call. */
  issue(key: string, signature: string | undefined): void {
    if (signature !== undefined) this.#issued.set(key, signature);
  }

  /** Whether something that was signed comes back without its signature. */
  isMissing(key: string, signature: string): boolean {
    const issued = this.#issued.get(key);
    return issued !== undefined && issued !== signature;
  }
}
