import { memberNamed, membersOfRequest, parsedMember } from '@aios/kernel';
import type { ForwardDialect, ForwardRequest } from '@aios/protocol';

/** What the kernel must know of a request that it passes on. */
export type RequestFacts = Pick<ForwardRequest, 'needs' | 'maxTokens'> & {
  /** The model as the client called it. */
  readonly model: string | undefined;
  /** What the body says of streaming; Gemini’s says it in its path. */
  readonly stream: boolean;
};

/** The kinds of content that ask for a model with eyes. Inside of strings their quotes would be escaped. */
const images = /"(?:image_url|input_image|image|inlineData|inline_data|fileData|file_data)"/;

const names: Readonly<Record<ForwardDialect, { maxTokens: readonly string[]; format: readonly string[] }>> = {
  'openai-chat': { maxTokens: ['max_completion_tokens', 'max_tokens'], format: ['response_format'] },
  'openai-responses': { maxTokens: ['max_output_tokens'], format: [] },
  'openai-embeddings': { maxTokens: [], format: [] },
  'anthropic-messages': { maxTokens: ['max_tokens'], format: ['output_format'] },
  'gemini-generate': { maxTokens: [], format: [] },
};

/** Reads a request without parsing its messages; undefined where it is no JSON object. */
export function factsOf(dialect: ForwardDialect, body: string): RequestFacts | undefined {
  const members = membersOfRequest(body);
  if (members === undefined) return undefined;
  const value = (name: string) => parsedMember(body, memberNamed(members, name));
  const has = (name: string) => memberNamed(members, name) !== undefined;
  const { maxTokens: bounds, format } = names[dialect];
  const bound = bounds.map(value).find((found) => typeof found === 'number');
  const model = value('model');
  const needs: ForwardRequest['needs'] = [];
  if (has('tools') || has('functions')) needs.push('tools');
  if (format.some((name) => wantsJson(value(name)))) needs.push('json');
  if (images.test(body)) needs.push('images');
  return {
    model: typeof model === 'string' ? model : undefined,
    stream: value('stream') === true,
    needs,
    ...(typeof bound === 'number' && Number.isInteger(bound) && bound > 0 && { maxTokens: bound }),
  };
}

function wantsJson(format: unknown): boolean {
  return typeof format === 'object' && format !== null && 'type' in format && format.type !== 'text';
}
