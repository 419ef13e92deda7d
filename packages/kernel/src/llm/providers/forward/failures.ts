import { isPresent } from './counts.ts';
import type { ObjectText } from './format.ts';
import { memberNamed, parsedMember } from './json-text.ts';

/** An answer that is not in the format of its dialect. */
export class UnreadableReply extends Error {
  override readonly name = 'UnreadableReply';
  readonly text: string;

  constructor(text: string) {
    super('The answer is not in the format of its dialect.');
    this.text = text;
  }
}

/** An error object that came instead of an answer, or of the rest of one. */
export class ErrorReply extends Error {
  override readonly name = 'ErrorReply';
  readonly frame: unknown;

  constructor(frame: unknown) {
    super('The answer is an error.');
    this.frame = frame;
  }
}

/** Throws ErrorReply where the object tells of an error: in a member of its own, or as an event of the type `error`. */
export function refuseError({ text, members }: ObjectText): void {
  const isError =
    isPresent(text, memberNamed(members, 'error')) ||
    parsedMember(text, memberNamed(members, 'type')) === 'error';
  if (isError) throw new ErrorReply(parsedMember(text, { name: '', start: 0, end: text.length }) ?? text);
}
