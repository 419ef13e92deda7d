import { AiosError, type SyscallChunk, type SyscallName, type SyscallOutput, syscalls } from '@aios/protocol';
import { describeIssues } from '../issues.ts';

/** Checks what a kernel answered against the table, so that its type is true whatever version the kernel is of. */
export function parseOutput<Name extends SyscallName>(name: Name, output: unknown): SyscallOutput<Name> {
  const parsed = syscalls[name].output.safeParse(output);
  if (!parsed.success) throw unexpected(name, describeIssues(parsed.error, 'output'));
  // The row’s own schema has just accepted it; TypeScript does not follow a schema through a generic name.
  return parsed.data as SyscallOutput<Name>;
}

export function parseChunk<Name extends SyscallName>(name: Name, chunk: unknown): SyscallChunk<Name> {
  const definition = syscalls[name];
  const parsed = 'chunk' in definition ? definition.chunk?.safeParse(chunk) : undefined;
  if (!parsed) throw unexpected(name, 'it does not stream');
  if (!parsed.success) throw unexpected(name, describeIssues(parsed.error, 'chunk'));
  return parsed.data as SyscallChunk<Name>;
}

function unexpected(name: string, problem: string): AiosError {
  return new AiosError(
    'internal',
    `The kernel answered ${name} in a form that this client does not know (${problem}). Are both of one version?`,
  );
}
