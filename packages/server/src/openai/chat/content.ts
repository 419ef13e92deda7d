import type { ContentPart } from '@aios/protocol';
import { invalidParameter } from '../invalid-parameter.ts';
import type { Content, Part } from './body.ts';

type OpenContent = string | ContentPart[];

/** The text of a message; parts of other kinds, such as a refusal, tell what they say or nothing. */
export function textOf(content: Content): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  return content.map((part) => (typeof part === 'string' ? part : sayingOf(part))).join('\n');
}

/** What a user or a tool gives: text, images, files. A list of texts stays a list, as the client wrote it. */
export function openContent(content: Content): OpenContent {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  const parts = content.map(
    (part): ContentPart => (typeof part === 'string' ? { type: 'text', text: part } : toPart(part)),
  );
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? only.text : parts;
}

function toPart(part: Part): ContentPart {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: sayingOf(part) };
    case 'image_url':
      return toImage(part.image_url);
    case 'file':
      return toFile(part.file);
    default:
      throw invalidParameter(
        'messages',
        `Content of type "${part.type}" cannot be passed on to another provider.`,
      );
  }
}

function sayingOf({ text, refusal }: Part): string {
  return typeof text === 'string' ? text : typeof refusal === 'string' ? refusal : '';
}

const dataUrl = /^data:(?<mediaType>[^;,]+)?(?:;[^;,]+)*?;base64,(?<data>.*)$/s;

const details = ['auto', 'low', 'high'] as const;

function toImage(given: unknown): ContentPart {
  const { url, detail } = typeof given === 'string' ? { url: given } : fieldsOf(given);
  if (typeof url !== 'string') throw invalidParameter('messages', 'An image_url needs a url.');
  const inline = dataUrl.exec(url)?.groups;
  const level = details.find((known) => known === detail);
  if (inline?.data !== undefined) {
    return {
      type: 'image',
      mediaType: inline.mediaType ?? 'image/png',
      data: inline.data,
      ...(level && { detail: level }),
    };
  }
  if (!/^https?:\/\//.test(url))
    throw invalidParameter('messages', 'An image must be an http address or a data: URL in base64.');
  return { type: 'image', mediaType: mediaTypeOf(url), data: url, ...(level && { detail: level }) };
}

/** The ending of the address tells more often than not; who fetches the image knows it anyway. */
function mediaTypeOf(url: string): string {
  const ending = /\.(png|jpe?g|gif|webp)(?:$|[?#])/i.exec(url)?.[1]?.toLowerCase();
  return ending === undefined ? 'image/*' : `image/${ending === 'jpg' ? 'jpeg' : ending}`;
}

function toFile(given: unknown): ContentPart {
  const { file_data: data, filename, file_id: id } = fieldsOf(given);
  if (typeof data !== 'string') {
    const reason =
      id === undefined
        ? 'A file needs file_data.'
        : 'Files are not kept here: send file_data instead of file_id.';
    throw invalidParameter('messages', reason);
  }
  const inline = dataUrl.exec(data)?.groups;
  return {
    type: 'file',
    mediaType: inline?.mediaType ?? 'application/pdf',
    data: inline?.data ?? data,
    ...(typeof filename === 'string' && { filename }),
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
