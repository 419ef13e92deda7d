import { AiosError, type JsonValue, type Problem, type ProcessExit } from '@aios/protocol';

/** How a process ended, once it has. */
export type Exit =
  | { readonly state: 'succeeded'; readonly kind: 'success'; readonly output: JsonValue }
  | BadExit;

export interface BadExit {
  readonly state: 'failed' | 'killed' | 'lost';
  readonly kind: Exclude<ProcessExit, 'success'>;
  readonly error: Problem;
}

export function succeeded(output: JsonValue): Exit {
  return { state: 'succeeded', kind: 'success', output };
}

/** The end of a process whose agent threw, or that was killed, for this reason. */
export function ended(state: 'failed' | 'killed', error: AiosError): BadExit {
  return { state, kind: kindOf(state, error), error: error.toProblem() };
}

export function lost(cause: string): BadExit {
  const message = `The process is lost: ${cause}. Start it again; a durable process would have been resumed.`;
  return { state: 'lost', kind: 'lost', error: new AiosError('unavailable', message).toProblem() };
}

function kindOf(state: 'failed' | 'killed', { code, details }: AiosError) {
  if (code === 'quota_exceeded') return 'budget_exceeded';
  return state === 'failed' && details?.needsInput === true ? 'needs_input' : state;
}
