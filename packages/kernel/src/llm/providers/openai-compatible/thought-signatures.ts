/** Accepted in place of a signature that is not at hand (ai.google.dev/gemini-api/docs/thought-signatures). */
const validationSkipped = 'skip_thought_signature_validator';

const remembered = 4096;

export interface ThoughtSignatures {
  remember(toolCallId: string, signature: string): void;
  of(toolCallId: string): string;
}

/**
 * Remembers the signatures that Gemini sends with tool calls and wants back with them. The last 4,096 calls of a core are
 * kept; for older ones, and after a restart, the documented substitute is sent, at some cost to the model’s train of thought.
 */
export function createThoughtSignatures(): ThoughtSignatures {
  const signatures = new Map<string, string>();
  return {
    remember: (id, signature) => {
      signatures.set(id, signature);
      const oldest = signatures.keys().next();
      if (signatures.size > remembered && !oldest.done) signatures.delete(oldest.value);
    },
    of: (id) => signatures.get(id) ?? validationSkipped,
  };
}
