import { createHash } from 'node:crypto';
import { type SyscallName, syscalls } from '@aios/protocol';
import { z } from 'zod';
import { canonicalJson } from '../../syscall/index.ts';

/** What is kept of a call’s input to tell whether a later one is the same: hashes, for the input itself may be private. */
export interface CallIdentity {
  readonly name: string;
  /** What the call is about, such as a path or a tool; where its row in the table names such a field. */
  readonly target: string | null;
  /** SHA-256 of the name and the canonical JSON of the input, in hexadecimal. */
  readonly inputHash: string;
  /** The beginning of the hash of each field of the input. */
  readonly fields: Readonly<Record<string, string>>;
}

const fieldHashLength = 12;
const fieldsSchema = z.record(z.string(), z.string());
const inputSchema = z.record(z.string(), z.unknown());

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function identifyCall(name: SyscallName, input: unknown): CallIdentity {
  const texts = Object.entries(inputSchema.parse(input))
    .filter(([, value]) => value !== undefined)
    .map(([field, value]): [string, string] => [field, canonicalJson(value)])
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const whole = texts.map(([field, text]) => `${JSON.stringify(field)}:${text}`).join(',');
  const fields = texts.map(([field, text]) => [field, sha256(text).slice(0, fieldHashLength)]);
  return {
    name,
    target: targetOf(name, input),
    inputHash: sha256(`${name}\n{${whole}}`),
    fields: Object.fromEntries(fields),
  };
}

/** The hashes of fields as a record keeps them. */
export function parseFields(text: string): Readonly<Record<string, string>> {
  return fieldsSchema.parse(JSON.parse(text));
}

/** Two calls for an error message: what each is, and in which fields they differ where both are of one kind. */
export function tellApart(before: CallIdentity, now: CallIdentity): string {
  const [then, today] = [describeCall(before), describeCall(now)];
  if (then !== today) return `${today}, but before it was ${then}`;
  const names = new Set([...Object.keys(before.fields), ...Object.keys(now.fields)]);
  const differing = [...names].filter((field) => before.fields[field] !== now.fields[field]);
  const where = differing.length === 0 ? 'another input' : `another value of ${differing.join(', ')}`;
  return `${today} with ${where} than before`;
}

export function describeCall({ name, target }: Pick<CallIdentity, 'name' | 'target'>): string {
  return target === null ? name : `${name} ${JSON.stringify(target)}`;
}

function targetOf(name: SyscallName, input: unknown): string | null {
  const field = syscalls[name].permission.target;
  const value = field === undefined ? undefined : inputSchema.parse(input)[field];
  return typeof value === 'string' ? value : null;
}
