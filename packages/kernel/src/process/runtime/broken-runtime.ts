import { AiosError } from '@aios/protocol';

/** What happened to the place where an agent ran. */
export interface Breakdown {
  readonly kind: 'crashed';
  readonly what: string;
}

/** The place where an agent’s code ran is gone, although nobody ended the process. */
export class BrokenRuntime extends AiosError {
  /** For a process that broke it, or may have. */
  static by(task: number, { what }: Breakdown): BrokenRuntime {
    return new BrokenRuntime('internal', `Process ${task} ended the place where it ran: ${what}.`);
  }
}
