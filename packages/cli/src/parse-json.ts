import { type JsonValue, jsonValue } from '@aios/protocol';
import { CommandFailure } from './command-failure.ts';
import { exitCodes } from './exit-codes.ts';

/** Reads JSON that came with the command line; `subject` names where. */
export function parseJsonArgument(text: string, subject: string): JsonValue {
  try {
    return jsonValue.parse(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new CommandFailure(
      `${subject} is not JSON: ${cause.message}. Write it in single quotes, such as '{"question": "…"}'.`,
      exitCodes.usage,
      { cause },
    );
  }
}
