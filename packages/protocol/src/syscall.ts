import type { z } from 'zod';

/** What a call waits for a slot of. `none` runs at once. */
export type Resource = 'none' | 'core' | 'storage' | 'memory' | 'tool';

/**
 * What a call does, which decides how it is replayed after a crash. `read`: changes nothing, may run again. `write`:
 * changes the kernel’s own state. `model`: asks a model; paid, but harmless to repeat. `external`: may touch the outside
 * world, so one whose outcome a crash hid is never run again by itself.
 */
export type Effect = 'read' | 'write' | 'model' | 'external';

/** The action that must be granted and the input field that the grant’s pattern is matched against. */
export interface PermissionRule<Field extends string = string> {
  readonly action: string;
  readonly target?: Field;
  /** The field whose fields a grant’s conditions are about; those of the input itself when absent. */
  readonly arguments?: Field;
}

/** A row of the system-call table. */
export interface SyscallDefinition<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
  Chunk extends z.ZodType = z.ZodType,
> {
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Schema of the partial results of a call that streams. */
  readonly chunk?: Chunk;
  readonly resource: Resource;
  readonly effect: Effect;
  /** What it does cannot be undone, so a person is asked before a process does it. */
  readonly irreversible?: true;
  readonly permission: PermissionRule;
}

/** Keeps the schemas’ exact types and checks that the permission’s target is a field of the input. */
export function defineSyscall<
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Chunk extends z.ZodType = z.ZodNever,
>(
  definition: SyscallDefinition<Input, Output, Chunk> & {
    permission: PermissionRule<Extract<keyof Input['shape'], string>>;
  },
): SyscallDefinition<Input, Output, Chunk> {
  return definition;
}
