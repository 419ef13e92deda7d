import { CommanderError } from 'commander';
import { CommandFailure } from './command-failure.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { createProgram } from './program/index.ts';

/** Runs one command line and answers with its exit code. Errors are explained on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return await explain(error);
  }
}

async function explain(error: unknown): Promise<ExitCode> {
  // Commander has written its message already; help and version end a command line well.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  // Loaded only now, so that `aios --help` need not load the protocol.
  const { message, exitCode } =
    error instanceof CommandFailure ? error : (await import('./explain-error.ts')).explainError(error);
  process.stderr.write(`aios: ${message}\n`);
  if (process.env.AIOS_DEBUG === '1') console.error(error);
  return exitCode;
}
