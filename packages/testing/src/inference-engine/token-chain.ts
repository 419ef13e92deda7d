/** Mixes two 32-bit numbers into one (the finaliser of MurmurHash3, by Austin Appleby, in the public domain). */
export function mix(left: number, right: number): number {
  let hash = Math.imul(left ^ 0x9e3779b9, 0x85ebca6b) ^ right;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

/**
 * A sequence of tokens as the prefix cache sees it: each full block has a hash of its tokens and all before it, as in vLLM’s
 * automatic prefix caching (docs.vllm.ai, "Automatic Prefix Caching"). The tokens themselves are not kept.
 */
export class TokenChain {
  /** Of the full blocks, in order; 53 bits each. */
  readonly blockHashes: number[] = [];
  readonly #blockTokens: number;
  #low = 1;
  #high = 2;
  #length = 0;

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens;
  }

  get length(): number {
    return this.#length;
  }

  /** Stands for the whole sequence; 32 bits. */
  get digest(): number {
    return mix(this.#low, this.#high);
  }

  push(token: number): void {
    this.#low = mix(this.#low, token);
    this.#high = mix(this.#high, token + 1);
    this.#length += 1;
    if (this.#length % this.#blockTokens === 0) {
      this.blockHashes.push(this.#high * 2 ** 21 + (this.#low >>> 11));
    }
  }

  /** Adds the words of a text: a word stands for a token. */
  pushText(text: string): void {
    let hash = fnvOffset;
    let inWord = false;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 32) {
        hash = Math.imul(hash ^ code, fnvPrime);
        inWord = true;
      } else if (inWord) {
        this.push(hash >>> 0);
        hash = fnvOffset;
        inWord = false;
      }
    }
    if (inWord) this.push(hash >>> 0);
  }
}
