/** Tokens that a client made itself, back as text. OpenAI’s embedding models and late completion models share the encoding. */
export async function decodeTokens(tokens: readonly number[]): Promise<string> {
  // Its tables are megabytes, and few clients send tokens.
  const { decode } = await import('gpt-tokenizer/encoding/cl100k_base');
  return decode(tokens);
}
