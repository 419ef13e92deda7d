/** A system call as it came over HTTP. */
export interface HttpCall {
  readonly name: string;
  readonly input: unknown;
  readonly deadlineMs: number | undefined;
}
