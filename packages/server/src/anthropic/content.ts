import { AiosError, type ContentPart } from '@aios/protocol';
import type { Block, ResultBlock, Source } from './request-schema.ts';

/** Parts for a model from blocks of a user’s message or of a tool’s result; kinds that only Anthropic knows are left out. */
export function toParts(blocks: readonly (Block | ResultBlock)[]): ContentPart[] {
  return blocks.flatMap((block): ContentPart[] => {
    switch (block.type) {
      case 'text':
        return [{ type: 'text', text: block.text }];
      case 'image':
        return [imagePart(block.source)];
      case 'document':
        return documentParts(block.source, block.title ?? undefined);
      case 'tool_reference':
        return [{ type: 'text', text: `The tool ${block.tool_name} can be called.` }];
      default:
        return [];
    }
  });
}

/** The content as a plain text where it is nothing else. */
export function simplest(parts: ContentPart[]): string | ContentPart[] {
  if (!parts.every((part) => part.type === 'text')) return parts;
  return parts.map((part) => part.text).join('\n');
}

function imagePart(source: Source): ContentPart {
  switch (source.type) {
    case 'base64':
      return { type: 'image', mediaType: source.media_type, data: source.data };
    case 'url':
      return { type: 'image', mediaType: 'image/*', data: source.url };
    default:
      throw unsupportedSource(source.type);
  }
}

function documentParts(source: Source, title: string | undefined): ContentPart[] {
  const filename = title === undefined ? {} : { filename: title };
  switch (source.type) {
    case 'base64':
      return [{ type: 'file', mediaType: source.media_type, data: source.data, ...filename }];
    case 'url':
      return [{ type: 'file', mediaType: 'application/pdf', data: source.url, ...filename }];
    case 'text':
      return [{ type: 'text', text: source.data }];
    case 'content':
      return typeof source.content === 'string'
        ? [{ type: 'text', text: source.content }]
        : source.content.flatMap(({ text }): ContentPart[] =>
            typeof text === 'string' ? [{ type: 'text', text }] : [],
          );
    case 'file':
      throw unsupportedSource('file');
  }
}

function unsupportedSource(type: string): AiosError {
  return new AiosError(
    'invalid_argument',
    `This kernel has no uploaded files, so a source of type "${type}" cannot be read. Send the content itself as base64.`,
  );
}
