import { AiosError, jsonValue, type Pid, type SyscallInput, tenantId } from '@aios/protocol';
import type { Agent, AgentRegistry } from './agent-registry.ts';
import type { ProcessStore } from './process-store.ts';

/** What a process is to be, where it is not to be as another one. */
export type SpawnWish = Omit<SyscallInput<'process.spawn'>, 'agent' | 'input'> &
  Partial<Pick<SyscallInput<'process.spawn'>, 'agent' | 'input'>>;

/** An agent, and what it is to be started with. */
export interface Start {
  readonly agent: Agent;
  readonly request: SyscallInput<'process.spawn'>;
}

/** A start like that of another process; agent and input are its where the wish has none. */
export async function startLike(
  { store, registry }: { readonly store: ProcessStore; readonly registry: AgentRegistry },
  pid: Pid,
  wish: SpawnWish,
): Promise<Start> {
  const row = await store.find(pid);
  if (row === undefined) throw new AiosError('not_found', `There is no process ${pid}.`);
  const agent =
    wish.agent === undefined
      ? await registry.reload(row.entry, row.trusted === 1)
      : await registry.find(wish.agent, tenantId.parse(row.tenant));
  const input = wish.input === undefined ? jsonValue.parse(JSON.parse(row.input)) : wish.input;
  return { agent, request: { ...wish, agent: row.agent, input } };
}
