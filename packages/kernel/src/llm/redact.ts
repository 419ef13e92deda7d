/** Forms that vendors give their keys, so that a key is hidden even where another one than ours is echoed. */
const keyShapes = /\b(?:sk|gsk|hf|xai|fw)[-_][\w.*-]{8,}|\bAIza[\w-]{20,}|\bBearer\s+[\w.~+/*-]{8,}=*/g;

/** Shorter ones, such as the `EMPTY` that people give a local server, are no secrets and are parts of words. */
const minKeyLength = 8;

const replacement = '[secret]';

/** Hides the key and everything that looks like one in a text from a provider. */
export function redactKeys(text: string, key: string | undefined): string {
  const isSecret = key !== undefined && key.length >= minKeyLength;
  return (isSecret ? text.replaceAll(key, replacement) : text).replace(keyShapes, replacement);
}
