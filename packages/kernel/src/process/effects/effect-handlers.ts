import { AiosError, type JsonValue, jsonObject, pid as pidSchema, type SyscallName } from '@aios/protocol';
import {
  type Caller,
  type HandlersOf,
  handle,
  type PreparedCall,
  type SyscallContext,
} from '../../syscall/index.ts';
import type { ProcessView } from '../process-view.ts';
import type { EffectLedger } from './effect-ledger.ts';
import { describeEffect, type EffectRow, nameOf, type Resolution, resultOf } from './effect-row.ts';

export interface EffectHandlersOptions {
  readonly ledger: EffectLedger;
  /** Which processes a caller may see, and so their effects. */
  readonly view: ProcessView;
  /** The call of an effect as its handler would make it. */
  readonly prepare: (
    name: SyscallName,
    input: Record<string, unknown>,
    caller: Caller,
  ) => PreparedCall<SyscallName>;
}

/** An effect that the caller may see; throws `not_found`. */
export async function findEffect(
  { ledger, view }: Pick<EffectHandlersOptions, 'ledger' | 'view'>,
  caller: Caller,
  id: string,
): Promise<EffectRow> {
  const effect = await ledger.store.find(caller.tenant, id);
  if (effect === undefined) {
    throw new AiosError('not_found', `There is no effect "${id}" here. "aios effects list" shows them.`);
  }
  // A process sees its own effects and those of its descendants.
  if (caller.process !== undefined) await view.get(caller, pidSchema.parse(effect.pid));
  return effect;
}

/** The system calls on effects. */
export function effectHandlers({ ledger, view, prepare }: EffectHandlersOptions): HandlersOf<'effect'> {
  const find = (caller: Caller, id: string) => findEffect({ ledger, view }, caller, id);

  return {
    'effect.list': handle(async ({ states, pid, limit }, { caller }) => {
      if (pid !== undefined) await view.get(caller, pid);
      const of = pid ?? caller.process?.pid;
      const rows = await ledger.store.list({ tenant: caller.tenant, states, pid: of, limit });
      return { effects: rows.map(describeEffect) };
    }),
    'effect.get': handle(async ({ id }, { caller }) => describeEffect(await find(caller, id))),
    'effect.resolve': handle(async ({ id, outcome, result = null, reason }, { caller, commit }) => {
      if (caller.process !== undefined) throw forPeople();
      const effect = await find(caller, id);
      const resolution: Resolution = { outcome, by: `user:${caller.user}`, reason, at: Date.now() };
      const output = outputOf(effect, result);
      const described = await commit(async (transaction) => {
        await ledger.resolve(transaction, effect, resolution, output);
        return describeEffect({
          ...effect,
          state: 'reconciled',
          settled_at: resolution.at,
          resolution: JSON.stringify(resolution),
          result: outcome === 'committed' ? JSON.stringify({ output }) : effect.result,
        });
      });
      ledger.wake(id);
      return described;
    }),
    'effect.compensate': handle(async ({ id }, context) => {
      const effect = await find(context.caller, id);
      await compensate(effect, prepare, context);
      const described = await context.commit(async (transaction) => {
        await ledger.store.settle(transaction, effect, 'compensated', {});
        return describeEffect({ ...effect, state: 'compensated', settled_at: Date.now() });
      });
      ledger.wake(id);
      return described;
    }),
  };
}

/** A tool gives a result, which is a field of what tool.call gives. */
function outputOf({ name }: EffectRow, result: JsonValue): JsonValue {
  return name === 'tool.call' ? { result } : result;
}

async function compensate(
  effect: EffectRow,
  prepare: EffectHandlersOptions['prepare'],
  context: SyscallContext<'effect.compensate'>,
): Promise<void> {
  if (!['committed', 'unknown', 'reconciled'].includes(effect.state)) {
    throw new AiosError(
      'failed_precondition',
      `The effect ${effect.id} is ${effect.state}: there is nothing to undo.`,
    );
  }
  const call = prepare(
    effect.name as SyscallName,
    jsonObject.parse(JSON.parse(effect.input)),
    context.caller,
  );
  if (call.compensate === undefined) {
    throw new AiosError('failed_precondition', `${nameOf(effect)} offers no compensation. Undo it by hand.`);
  }
  const result = resultOf(effect);
  const output = result !== undefined && 'output' in result ? result.output : undefined;
  const key = `${effect.idempotency_key}:compensate`;
  await call.compensate(output as never, { ...context, idempotencyKey: key } as never);
}

function forPeople(): AiosError {
  return new AiosError(
    'permission_denied',
    'A process cannot say what became of an effect; a person can, with "aios effects resolve". A tool with a probe finds out by itself.',
  );
}
