import {
  type EffectDescription,
  type EffectOutcome,
  effectOutcome,
  effectState,
  type JsonValue,
  jsonObject,
  jsonValue,
  type Problem,
  pid,
  problem,
} from '@aios/protocol';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../../database/index.ts';

export type EffectRow = Selectable<Tables['effects']>;

/** What an effect gave. */
export type EffectResult = { readonly output: JsonValue } | { readonly error: Problem };

/** How an effect left `unknown`. */
export interface Resolution {
  readonly outcome: EffectOutcome;
  readonly by: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const resultSchema = z.union([z.object({ error: problem }), z.object({ output: jsonValue })]);
const resolutionSchema = z.object({
  outcome: effectOutcome,
  by: z.string(),
  reason: z.string(),
  at: z.number(),
});

export function resultOf(row: EffectRow): EffectResult | undefined {
  return row.result === null ? undefined : resultSchema.parse(JSON.parse(row.result));
}

export function resolutionOf(row: EffectRow): Resolution | undefined {
  return row.resolution === null ? undefined : resolutionSchema.parse(JSON.parse(row.resolution));
}

/** `tool.call "payments.pay"`, for messages. */
export function nameOf({ name, target }: Pick<EffectRow, 'name' | 'target'>): string {
  return target === null ? name : `${name} ${JSON.stringify(target)}`;
}

export function describeEffect(row: EffectRow): EffectDescription {
  const result = resultOf(row);
  const resolution = resolutionOf(row);
  return {
    id: row.id,
    pid: pid.parse(row.pid),
    agent: row.agent,
    call: row.name,
    ...(row.target !== null && { target: row.target }),
    input: jsonObject.parse(JSON.parse(row.input)),
    state: effectState.parse(row.state),
    idempotent: row.idempotent === 1,
    idempotencyKey: row.idempotency_key,
    plannedAt: isoDate(row.planned_at),
    ...(row.dispatched_at !== null && { dispatchedAt: isoDate(row.dispatched_at) }),
    ...(row.settled_at !== null && { settledAt: isoDate(row.settled_at) }),
    ...(result !== undefined && ('error' in result ? { error: result.error } : { receipt: result.output })),
    ...(resolution !== undefined && { resolution: { ...resolution, at: isoDate(resolution.at) } }),
  };
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
