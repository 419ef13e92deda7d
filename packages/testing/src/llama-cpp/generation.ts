import type { LoadedModel, Sequence, Token } from './library.ts';

export interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly maxTokens: number;
  /** The last message is the beginning of the answer. */
  readonly goesOn: boolean;
}

export interface Counts {
  readonly promptTokens: number;
  /** Of these: those that were in memory from before. */
  readonly cachedTokens: number;
  generatedTokens: number;
  isCut: boolean;
}

/** What llama.cpp writes under greedy decoding, in pieces of whole characters; one piece for each token that completes one. */
export async function* generate(
  { model, wordsOnly, anything }: LoadedModel,
  sequence: Sequence,
  request: ChatRequest,
  begin: (counts: Counts) => void,
): AsyncGenerator<string> {
  const prompt = model.tokenize(promptOf(request));
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const cachedTokens = sequence.nextTokenIndex;
  const counts: Counts = { promptTokens: prompt.length, cachedTokens, generatedTokens: 0, isCut: false };
  begin(counts);
  let pending: Token[] = [];
  let isFirst = !request.goesOn;
  // The template has a space after the colon, so that an answer begins with a word.
  const tokenBias = () => (isFirst ? wordsOnly : anything);
  for await (const token of sequence.evaluate(prompt.slice(cachedTokens), { temperature: 0, tokenBias })) {
    counts.generatedTokens += 1;
    pending.push(token);
    const text = model.detokenize(pending);
    if (!text.endsWith('\uFFFD')) {
      yield isFirst ? text.replace(/^ /, '') : text;
      isFirst = false;
      pending = [];
    }
    if (counts.generatedTokens < request.maxTokens) continue;
    counts.isCut = true;
    return;
  }
}

/** The chat template. A message that is gone on with stays open. */
function promptOf({ messages, goesOn }: ChatRequest): string {
  const lines = messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
  return goesOn ? lines : `${lines}\nassistant:`;
}
