import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// As much of node-llama-cpp as the server uses (withcatai/node-llama-cpp 3.22, dist/evaluator). It is no dependency of this
// project: `.ci/install-llama-cpp` puts it into a folder of its own.

export type Token = number & { readonly __token: never };

interface Model {
  iterateAllTokens(): Generator<Token, void>;
  createContext(options: { contextSize: number; threads: number }): Promise<Context>;
  tokenize(text: string): Token[];
  detokenize(tokens: readonly Token[]): string;
}

interface Context {
  getSequence(): Sequence;
}

export interface Sequence {
  /** How many tokens it has read. */
  readonly nextTokenIndex: number;
  /** Keeps the beginning that it has in common with these tokens and forgets the rest; with shifts, other parts, too. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>;
  /** Ends with the token that ends a text, which it does not give. */
  evaluate(
    tokens: readonly Token[],
    options: { temperature: number; tokenBias: () => TokenBias },
  ): AsyncGenerator<Token, void>;
}

/** Tokens that may not be chosen. */
interface TokenBias {
  set(token: Token, bias: 'never'): TokenBias;
}

interface Library {
  TokenBias: { for(model: Model): TokenBias };
  getLlama(options: { gpu: false; build: 'never'; logLevel: string }): Promise<{
    loadModel(options: { modelPath: string }): Promise<Model>;
  }>;
}

export interface LoadedModel {
  readonly model: Model;
  /** Lets tokens through that begin with a space, and no others. */
  readonly wordsOnly: TokenBias;
  /** Lets all tokens through. */
  readonly anything: TokenBias;
}

/** Loads a model file with the llama.cpp of a folder. */
export async function loadModel(folder: string, modelPath: string): Promise<LoadedModel> {
  const file = join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  const { getLlama, TokenBias }: Library = await import(pathToFileURL(file).href);
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
  const model = await llama.loadModel({ modelPath });
  const wordsOnly = TokenBias.for(model);
  for (const token of model.iterateAllTokens()) {
    if (!model.detokenize([token]).startsWith(' ')) wordsOnly.set(token, 'never');
  }
  return { model, wordsOnly, anything: TokenBias.for(model) };
}
