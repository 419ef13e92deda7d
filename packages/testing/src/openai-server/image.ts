import type { ScriptedImage } from '../scripted-model/index.ts';

const dataUrl = /^data:(?<mediaType>[^;,]+);base64,(?<data>.*)$/s;

/** An image given by its address or in it. */
export function toImage(url: string): ScriptedImage {
  const { mediaType, data } = dataUrl.exec(url)?.groups ?? {};
  return mediaType === undefined || data === undefined ? { url } : { mediaType, data };
}
