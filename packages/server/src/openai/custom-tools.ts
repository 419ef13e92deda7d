import type { ToolCall, ToolSpecification } from '@aios/protocol';

// Tools that take free text instead of JSON (https://platform.openai.com/docs/guides/function-calling#custom-tools). A model
// of another provider gets each as a function with one string.

export interface CustomTool {
  readonly name: string;
  readonly description?: string | null | undefined;
  /** What the text must be like; free when absent. */
  readonly grammar?: { readonly syntax: string; readonly definition: string } | undefined;
}

const inputSchema = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole text for the tool' } },
  required: ['input'],
  additionalProperties: false,
};

/** A grammar is told to the model in words: only OpenAI's own models are held to it. */
export function asFunction({ name, description, grammar }: CustomTool): ToolSpecification {
  const rule =
    grammar &&
    `The input must be a text of this grammar, in the syntax ${grammar.syntax}:\n${grammar.definition}`;
  return {
    name,
    description: [description, rule].filter(Boolean).join('\n\n'),
    inputSchema,
  };
}

/** The text of a call; where the model did not write the JSON that it was asked for, what it wrote. */
export function customInput({ arguments: { input }, malformed }: ToolCall): string {
  if (malformed !== undefined) return malformed;
  return typeof input === 'string' ? input : JSON.stringify(input ?? '');
}
