import type { Pid } from '@aios/protocol';
import { z } from 'zod';
import type { JournalRecord } from './record.ts';
import type { NewRecord } from './record-store.ts';

/** The record that a process follows a version of its code at a change. It belongs to no call. */
export function versionRecord(pid: Pid, change: string, version: number): NewRecord {
  return {
    pid,
    kind: 'version',
    sequence: 0,
    nested: '',
    name: 'process.version',
    target: change,
    input_hash: '',
    fields: '{}',
    result: JSON.stringify(version),
    used_tokens: 0,
    used_nano_usd: 0,
    at: Date.now(),
  };
}

export function readVersion({ target, result }: JournalRecord): [change: string, version: number] {
  return [target ?? '', z.number().parse(JSON.parse(result ?? ''))];
}
