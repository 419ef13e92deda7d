import type { JsonObject } from '@aios/protocol';
import { listOf, objectOf, type Signatures, textOf } from '../wire-server/index.ts';

// https://ai.google.dev/gemini-api/docs/thought-signatures: the first function call of each reply is signed, and the
// signature is wanted back with it as long as the turn of the user that led to it lasts.

/** Accepted with calls that came from elsewhere. */
const dummies = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** Models that want signatures with calls that came from elsewhere, too. */
const strictModels = /^gemini-(?:[3-9]|(?:pro|flash|flash-lite)-latest)/;

/** What is signed of a function call. */
export function callKey(name: string, args: JsonObject): string {
  return JSON.stringify([name, args]);
}

/** What Gemini says when a call of the current turn comes back without its signature. */
export function unsignedCall(
  contents: readonly JsonObject[],
  signatures: Signatures,
  model: string,
): string | undefined {
  const strict = strictModels.test(model);
  for (const [index, content] of contents.entries()) {
    if (index < currentTurn(contents)) continue;
    const place = listOf(content.parts).findIndex((part) => part.functionCall !== undefined);
    const part = listOf(content.parts)[place];
    if (part === undefined || isSigned(part, signatures, strict)) continue;
    const name = textOf(objectOf(part.functionCall).name);
    return `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\`, position ${place + 1}.`;
  }
  return undefined;
}

/** Where the last content of the user begins that is more than the responses of functions. */
function currentTurn(contents: readonly JsonObject[]): number {
  return contents.findLastIndex(
    ({ role, parts }) =>
      role !== 'model' && listOf(parts).some(({ functionResponse }) => functionResponse === undefined),
  );
}

function isSigned(
  { functionCall, thoughtSignature }: JsonObject,
  signatures: Signatures,
  strict: boolean,
): boolean {
  const signature = textOf(thoughtSignature);
  if (dummies.includes(signature)) return true;
  const { name, args } = objectOf(functionCall);
  if (signatures.isMissing(callKey(textOf(name), objectOf(args)), signature)) return false;
  return signature !== '' || !strict;
}
