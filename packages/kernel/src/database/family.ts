import type { Pid } from '@aios/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** For queries on the table `family`: the pids of a process and of all that descend from it. */
export function withFamily(database: Kysely<Tables>, pid: Pid) {
  return database.withRecursive('family', (query) =>
    query
      .selectFrom('processes')
      .select('pid')
      .where('pid', '=', pid)
      .unionAll(
        query
          .selectFrom('processes')
          .innerJoin('family', 'family.pid', 'processes.parent')
          .select('processes.pid'),
      ),
  );
}
