/** What the exit code of `aios` means. Part of the interface: scripts rely on it. */
export const exitCodes = {
  ok: 0,
  /** The job, or whatever else was asked for, failed. */
  failed: 1,
  /** The input is wrong: the command line, or the configuration. */
  usage: 2,
  /** No kernel could be reached. */
  unreachable: 3,
  /** The kernel refused: no or a wrong token, a permission missing. */
  refused: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
