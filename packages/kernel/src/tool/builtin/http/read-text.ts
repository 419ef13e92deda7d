import { TextDecoder } from 'node:util';
import { AiosError } from '@aios/protocol';

/** A stream of bytes with the headers that came with it. */
export interface Body {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
}

const textTypes =
  /^(text\/.*|application\/(json|xml|javascript|ecmascript|yaml|x-yaml|toml|sql|graphql|x-www-form-urlencoded|x-ndjson|ndjson|[\w.-]+\+(json|xml|yaml)))$/;

/** Reads a body to its end as text. Throws where it is not text or larger than `maxBytes`. */
export async function readText({ chunks, contentType }: Body, maxBytes: number): Promise<string> {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  const mediaType = type.trim();
  if (mediaType !== '' && !textTypes.test(mediaType)) throw notText(mediaType);
  const decoder = decoderFor(contentType ?? '');
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(chunk);
  }
  const bytes = Buffer.concat(parts);
  if (decoder.encoding === 'utf-8' && bytes.includes(0)) throw notText(mediaType || 'binary data');
  return decoder.decode(bytes);
}

function decoderFor(contentType: string): TextDecoder {
  const label = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label);
  } catch (error) {
    throw new AiosError(
      'failed_precondition',
      `The answer is in the character set ${label.slice(0, 50)}, which is not known.`,
      {
        cause: error,
      },
    );
  }
}

function notText(mediaType: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `The answer is ${mediaType.slice(0, 100)}, and http.get reads text only, such as HTML, JSON or XML.`,
  );
}

export function tooLarge(maxBytes: number): AiosError {
  return new AiosError(
    'failed_precondition',
    `The answer is larger than ${maxBytes} bytes. Ask for a smaller one, or raise tool.http_max_bytes in config.yaml.`,
  );
}
