import type { ExitCode } from './exit-codes.ts';

/** An error for the reader of the terminal: what is wrong and what to do, and the exit code that goes with it. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}
