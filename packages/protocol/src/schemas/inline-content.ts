import { z } from 'zod';

const letters = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Whether every reader can decode it (RFC 4648): either alphabet, padded or not, line breaks allowed. */
function isBase64(text: string): boolean {
  const bare = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (bare === '' || !letters.test(bare)) return false;
  return bare.endsWith('=') ? bare.length % 4 === 0 : bare.length % 4 !== 1;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

/** In the alphabet that every provider takes, on one line. */
function standard(text: string): string {
  if (isAddress(text) || !/[\s_-]/.test(text)) return text;
  return text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
}

/** Content of an image or a file. What no provider could read is refused here, not by the provider. */
export const inlineContent = z
  .string()
  .refine((text) => isAddress(text) || isBase64(text), 'must be base64 or an https URL')
  .overwrite(standard);
