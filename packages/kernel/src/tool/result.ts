import { AiosError, type JsonValue, jsonValue } from '@aios/protocol';

const maxResultBytes = 256 * 1024;

/** The result as plain JSON. Throws where it is none, or is too large to hand to a model. */
export function checkResult(tool: string, result: unknown): JsonValue {
  if (result === undefined) return null;
  const text = stringify(tool, result);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxResultBytes) return jsonValue.parse(JSON.parse(text));
  throw new AiosError(
    'failed_precondition',
    `Tool "${tool}" gave ${Math.ceil(sizeBytes / 1024)} KB, and a result can have at most ${maxResultBytes / 1024} KB. Ask for less: a smaller limit, a range of lines or characters, or a narrower question.`,
    { disposition: 'fix_input', details: { tool, sizeBytes, maxResultBytes, happened: true } },
  );
}

function stringify(tool: string, result: unknown): string {
  try {
    const text = JSON.stringify(result);
    if (text !== undefined) return text;
  } catch (error) {
    throw noJson(tool, error);
  }
  throw noJson(tool, undefined);
}

function noJson(tool: string, cause: unknown): AiosError {
  return new AiosError('internal', `Tool "${tool}" gave a result that JSON cannot carry. Tell its author.`, {
    cause,
    details: { tool, happened: true },
  });
}
