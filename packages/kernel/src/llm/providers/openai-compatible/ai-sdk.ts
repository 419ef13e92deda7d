/** The parts of the AI SDK that are used, loaded at the first call: they cost about 70 ms and 20 MB. */
export async function loadAiSdk() {
  const [{ createOpenAICompatible }, { APICallError }] = await Promise.all([
    import('@ai-sdk/openai-compatible'),
    import('@ai-sdk/provider'),
  ]);
  return { createOpenAICompatible, APICallError };
}
