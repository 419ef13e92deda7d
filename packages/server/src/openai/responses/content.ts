import type { ContentPart } from '@aios/protocol';
import { z } from 'zod';
import { refuse, refuseInvalid } from './refusal.ts';

const text = z.string();
const part = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.enum(['input_text', 'output_text', 'text', 'summary_text', 'reasoning_text']),
    text,
  }),
  z.looseObject({ type: z.literal('refusal'), refusal: text }),
  z.looseObject({ type: z.literal('input_image'), image_url: text.nullish(), detail: text.nullish() }),
  z.looseObject({
    type: z.literal('input_file'),
    file_data: text.nullish(),
    file_url: text.nullish(),
    filename: text.nullish(),
  }),
]);
type Part = z.infer<typeof part>;

/** What an item holds, as text alone or with images and files; `at` is its path in the request. */
export function readContent(content: unknown, at: string): string | ContentPart[] {
  if (typeof content === 'string') return content;
  const parts = readParts(content, at);
  return parts.every((candidate) => candidate.type === 'text') ? joinTexts(parts) : parts;
}

/** The same where a model takes nothing but text. */
export function readText(content: unknown, at: string): string {
  return typeof content === 'string' ? content : joinTexts(readParts(content, at));
}

function joinTexts(parts: readonly ContentPart[]): string {
  return parts.flatMap((candidate) => (candidate.type === 'text' ? [candidate.text] : [])).join('\n');
}

function readParts(content: unknown, at: string): ContentPart[] {
  if (content === null || content === undefined) return [];
  const { data, error } = z.array(part).safeParse(content);
  if (error) throw refuseInvalid(error, at);
  return data.map((read, index) => toContentPart(read, `${at}[${index}]`));
}

function toContentPart(read: Part, at: string): ContentPart {
  switch (read.type) {
    case 'input_image':
      return toImage(read, at);
    case 'input_file':
      return toFile(read, at);
    case 'refusal':
      return { type: 'text', text: read.refusal };
    default:
      return { type: 'text', text: read.text };
  }
}

const details = ['auto', 'low', 'high'] as const;

function toImage(read: Extract<Part, { type: 'input_image' }>, at: string): ContentPart {
  if (!read.image_url) throw noFiles(at, 'image_url');
  const detail = details.find((known) => known === read.detail);
  return { type: 'image', ...dataOf(read.image_url, 'image/*', at), ...(detail && { detail }) };
}

function toFile(read: Extract<Part, { type: 'input_file' }>, at: string): ContentPart {
  const source = read.file_data || read.file_url;
  if (!source) throw noFiles(at, 'file_data');
  const filename = read.filename ?? undefined;
  return {
    type: 'file',
    ...dataOf(source, 'application/pdf', at),
    ...(filename !== undefined && { filename }),
  };
}

/** A `data:` URL (RFC 2397) taken apart; an address or bare base64 as it is. */
function dataOf(source: string, usualType: string, at: string): { mediaType: string; data: string } {
  if (/^https?:/i.test(source) && URL.canParse(source)) return { mediaType: usualType, data: source };
  const comma = source.startsWith('data:') ? source.indexOf(',') : -1;
  if (comma < 0) return { mediaType: usualType, data: checkBase64(source, at) };
  const [mediaType = '', ...parameters] = source.slice('data:'.length, comma).split(';');
  const content = source.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  const data = isBase64
    ? checkBase64(content, at)
    : Buffer.from(decodePercents(content, at)).toString('base64');
  return { mediaType: mediaType || usualType, data };
}

function checkBase64(text: string, at: string): string {
  const isWhole = text.length % 4 === 0 || (!text.endsWith('=') && text.length % 4 !== 1);
  if (isWhole && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return text;
  throw refuse(at, `What stands in ${at} is neither an https URL nor a data URL nor base64.`);
}

function decodePercents(text: string, at: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw refuse(at, `The data URL in ${at} is not encoded correctly.`);
    throw error;
  }
}

function noFiles(at: string, field: string) {
  return refuse(at, `Uploaded files are not kept here. Send the content itself in ${at}.${field}.`);
}
