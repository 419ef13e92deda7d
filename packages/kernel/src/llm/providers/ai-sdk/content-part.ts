import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import { AiosError, type ContentPart } from '@aios/protocol';
import type { Provider } from '../provider.ts';

/** A part of a message in the words of the AI SDK. Throws `invalid_argument` for an address where only data is taken. */
export function toContentPart(
  part: ContentPart,
  provider: Provider,
): LanguageModelV4TextPart | LanguageModelV4FilePart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  return {
    type: 'file',
    mediaType: part.mediaType,
    data: dataOf(part, provider),
    ...(part.type === 'file' && part.filename !== undefined && { filename: part.filename }),
    ...(part.type === 'image' &&
      part.detail !== undefined && { providerOptions: { openai: { imageDetail: part.detail } } }),
  };
}

function dataOf(
  { type, data }: Exclude<ContentPart, { type: 'text' }>,
  provider: Provider,
): LanguageModelV4FilePart['data'] {
  if (!/^https?:\/\//.test(data)) return { type: 'data', data };
  if (!URL.canParse(data)) throw new AiosError('invalid_argument', `The address of the ${type} is no URL.`);
  if (provider.quirks.inlineImagesOnly) {
    throw new AiosError(
      'invalid_argument',
      `${provider.label} takes ${type}s as data, not by address. Send the ${type} as base64.`,
      { details: { provider: provider.name } },
    );
  }
  return { type: 'url', url: new URL(data) };
}
