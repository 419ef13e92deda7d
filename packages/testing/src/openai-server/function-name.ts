import type { WireError } from '../wire-server/index.ts';

/** What OpenAI takes as the name of a function. */
const functionName = /^[a-zA-Z0-9_-]{1,64}$/;

/** The refusal of a bad name; `param` is where it stands. */
export function badFunctionName(name: string, param: string): WireError | undefined {
  if (functionName.test(name)) return undefined;
  const message = `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;
  return { status: 400, message, param, code: 'invalid_value' };
}
