import {
  effectState,
  jsonObject,
  type Pid,
  pid as pidSchema,
  type SyscallName,
  type SyscallOutput,
} from '@aios/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from '../database/index.ts';
import type { Caller } from '../syscall/index.ts';

export type SinceEffect = SyscallOutput<'process.undo'>['effects'][number];

interface Since {
  readonly family: ReadonlySet<Pid>;
  /** Unix milliseconds. */
  readonly checkpoint: { readonly createdAt: number };
  readonly context: { readonly caller: Caller };
  readonly isCompensable: (name: SyscallName, input: Record<string, unknown>, caller: Caller) => boolean;
}

/** States of what happened outside, or may have. */
const happened = ['dispatched', 'committed', 'unknown', 'reconciled'];

/** What a process and its descendants did to the outside world since a checkpoint, the newest first. */
export async function listEffects(database: Kysely<Tables>, since: Since): Promise<SinceEffect[]> {
  const { family, checkpoint, context, isCompensable } = since;
  const rows = await database
    .selectFrom('effects')
    .select(['id', 'pid', 'name', 'target', 'state', 'input'])
    .where('pid', 'in', [...family])
    .where('planned_at', '>=', checkpoint.createdAt)
    .where('state', 'in', happened)
    .orderBy('planned_at', 'desc')
    .orderBy('sequence', 'desc')
    .execute();
  return rows.map(({ id, pid, name, target, state, input }) => ({
    id,
    pid: pidSchema.parse(pid),
    call: name,
    ...(target !== null && { target }),
    state: effectState.parse(state),
    compensable: isCompensable(name as SyscallName, jsonObject.parse(JSON.parse(input)), context.caller),
  }));
}
