import { type Pid, pid as pidSchema } from '@aios/protocol';
import { z } from 'zod';
import type { History } from '../journal/index.ts';

const spawned = z.object({ output: z.object({ pid: pidSchema }) });
/** Calls whose answer names a process that they started. */
const starting = ['process.spawn', 'process.fork', 'context.fork'];

/** The processes that a run started after a record of its journal. */
export function spawnedBetween({ records }: History, position: number): Pid[] {
  return records.flatMap((record) => {
    if (record.position <= position || record.kind !== 'answer' || !starting.includes(record.name)) return [];
    const answer = spawned.safeParse(JSON.parse(record.result ?? 'null'));
    return answer.success && answer.data.output.pid !== record.pid ? [answer.data.output.pid] : [];
  });
}
