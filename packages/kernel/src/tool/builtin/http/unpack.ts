import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AiosError } from '@aios/protocol';

/** Encodings to ask for; `unpack` knows all of them. */
export const acceptedEncodings = 'gzip, deflate, br';

/** The body as it was before its `content-encoding`. */
export function unpack(body: Readable, encoding: string | undefined): AsyncIterable<Uint8Array> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const unpacker = unpackerFor(name);
  // The reader of the result gets the error, whichever of the two failed.
  return pipeline(body, unpacker, (error) => error && unpacker.destroy(error));
}

function unpackerFor(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new AiosError(
        'failed_precondition',
        `The answer is packed as ${encoding.slice(0, 50)}, which was not asked for and is not known.`,
      );
  }
}
