import type { Pid } from '@aios/protocol';
import { Past } from './past.ts';
import type { JournalRecord } from './record.ts';
import { readVersion } from './version-record.ts';

/** What code that runs again is answered from. */
export function recollect(
  pid: Pid,
  records: readonly JournalRecord[],
): { readonly past: Past; readonly versions: Map<string, number> } {
  const versions = records.filter(({ kind }) => kind === 'version').map(readVersion);
  const calls = records.filter(({ kind }) => kind === 'intent' || kind === 'answer');
  return { past: new Past(pid, calls), versions: new Map(versions) };
}
