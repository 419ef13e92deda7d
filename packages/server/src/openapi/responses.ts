import { type ErrorCode, errorCodes, errorCodeTable } from '@aios/protocol';
import { problemMediaType } from '../failure/index.ts';
import { schemaRef } from './schemas.ts';

const problemContent = { [problemMediaType]: { schema: schemaRef('Problem') } };

/** What HTTP adds to the statuses of the error table. */
const httpRefusals: Readonly<Record<number, string>> = {
  413: 'invalid_argument: the body is larger than server.max_body_bytes.',
  415: 'invalid_argument: the body does not say that it is JSON.',
};

/** The problem documents that any call may answer with, by status. */
export function problemResponses(): Record<string, object> {
  const codesByStatus = Map.groupBy(errorCodes.options, (code) => errorCodeTable[code].status);
  const described = [...codesByStatus].map(
    ([status, codes]) => [status, codes.map(describe).join(' ')] as const,
  );
  const responses = [...described, ...Object.entries(httpRefusals)].map(([status, description]) => [
    status,
    { description, content: problemContent },
  ]);
  return Object.fromEntries(responses);
}

/** Those of them that a path without input may answer with. */
export function problemResponsesOf(...statuses: readonly number[]): Record<string, object> {
  const kept = Object.entries(problemResponses()).filter(([status]) => statuses.includes(Number(status)));
  return Object.fromEntries(kept);
}

function describe(code: ErrorCode): string {
  return `${code}: ${errorCodeTable[code].meaning}`;
}
