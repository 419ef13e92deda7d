import { AiosError } from '@aios/protocol';

/** stuck: it did not turn its event loop; crashed, program_gone: a thread or program ended although nobody had asked it to. */
export type Breakdown =
  | { readonly kind: 'stuck'; readonly forMs: number }
  | { readonly kind: 'out_of_memory'; readonly heapBytes: number }
  | { readonly kind: 'crashed'; readonly what: string }
  | { readonly kind: 'program_gone'; readonly what: string };

/** The place where an agent’s code ran is gone, with all that ran there, although nobody ended the process. */
export class BrokenRuntime extends AiosError {
  /** Whether it was this process that broke it, as far as can be known; else it is innocent. */
  readonly isCharged: boolean;
  /** Whether nobody knows what became of the code: it ran where the kernel cannot look. */
  readonly isLost: boolean;

  private constructor(message: string, isCharged: boolean, isLost = false) {
    super(isCharged ? 'internal' : 'unavailable', message);
    this.isCharged = isCharged;
    this.isLost = isLost;
  }

  /** For a process that broke it, or may have. */
  static by(task: number, breakdown: Breakdown): BrokenRuntime {
    return new BrokenRuntime(`${nameOf(task)} ${whatItDid(breakdown)}`, true);
  }

  /** For a process whose host is gone. */
  static lost(task: number, what: string): BrokenRuntime {
    return new BrokenRuntime(`The program elsewhere that ran ${nameOf(task)} is gone: ${what}.`, false, true);
  }

  /** For a process that ran beside the one that broke it. */
  static beside(culprit: number, breakdown: Breakdown): BrokenRuntime {
    const what = `${nameOf(culprit)} ${whatItDid(breakdown)}`;
    const message = `The thread that the process ran on is gone. ${what} Start it again; a durable process would have gone on.`;
    return new BrokenRuntime(message, false);
  }
}

function whatItDid(breakdown: Breakdown): string {
  switch (breakdown.kind) {
    case 'stuck':
      return `kept its thread busy for ${breakdown.forMs} ms and let nobody else run.`;
    case 'out_of_memory':
      return `used up the memory of its thread (${Math.round(breakdown.heapBytes / 2 ** 20)} MB).`;
    case 'crashed':
      return `ended its thread: ${breakdown.what}.`;
    case 'program_gone':
      return `has lost the program that it ran in: ${breakdown.what}.`;
  }
}

/** A task is a process, or the reading of an agent’s file where its number is negative. */
function nameOf(task: number): string {
  return task > 0 ? `Process ${task}` : 'An agent’s file that was being loaded';
}
