// The `aios` command. Nothing here may load more than commander before a command is chosen: `aios --help` must be quick.

import { runCommandLine } from './command-line.ts';

/** A reader such as `head` that has seen enough closes the pipe, which is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2));
