import { type RawBuilder, sql } from 'kysely';

/** Whether a key is the prefix itself or stands below it; keys and prefixes are paths. `0` is what follows `/` in order. */
export function isBelow(column: string, prefix: string): RawBuilder<boolean> {
  const key = sql.ref(column);
  if (prefix === '/') return sql<boolean>`${key} >= '/'`;
  return sql<boolean>`(${key} = ${prefix} or (${key} >= ${`${prefix}/`} and ${key} < ${`${prefix}0`}))`;
}
