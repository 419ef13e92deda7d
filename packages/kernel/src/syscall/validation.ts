import { AiosError, isSyscallName, type SyscallName, syscallNames, syscalls } from '@aios/protocol';
import type { z } from 'zod';
import type { AccessRequest } from './caller.ts';

/** The known name, or `not_found` with the names of the same family. */
export function checkName(name: string): SyscallName {
  if (isSyscallName(name)) return name;
  const family = `${name.split('.')[0]}.`;
  const near = syscallNames.filter((known) => known.startsWith(family));
  const known = near.length > 0 ? near : syscallNames;
  throw new AiosError('not_found', `There is no system call "${name}". There are: ${known.join(', ')}.`);
}

/** The input with defaults filled in, or `invalid_argument` with the path of every bad field. */
export function checkInput(name: SyscallName, input: unknown): Record<string, unknown> {
  const result = syscalls[name].input.safeParse(input ?? {});
  if (result.success) return result.data;
  const issues = result.error.issues.map(describeIssue);
  const message = `${name}: ${issues.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`)).join('; ')}`;
  throw new AiosError('invalid_argument', message, { details: { issues } });
}

function describeIssue(issue: z.core.$ZodIssue): { path: string; problem: string } {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return { path: path.replace(/^\./, ''), problem: issue.message };
}

/** What the caller of a system call would do. */
export function accessRequest(name: SyscallName, input: Record<string, unknown>): AccessRequest {
  const { action, arguments: field } = syscalls[name].permission;
  const given = field === undefined ? input : input[field];
  return {
    action,
    call: name,
    target: targetOf(name, input),
    given: isRecord(given) ? given : {},
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The value of the field that the permission’s pattern is matched against. */
export function targetOf(name: SyscallName, input: Record<string, unknown>): string | undefined {
  const field = syscalls[name].permission.target;
  const value = field === undefined ? undefined : input[field];
  return typeof value === 'string' ? value : undefined;
}
