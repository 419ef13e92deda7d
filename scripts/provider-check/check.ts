import type { ModelDescription } from '@aios/protocol';
import type { Subject } from './subject.ts';

export type Capability = ModelDescription['capabilities'][number];

/** `not offered`: nobody promised it, or it was not asked for. */
export type Outcome = 'passed' | 'failed' | 'not offered';

/** What a check found; the note is for people. */
export interface Finding {
  readonly outcome: Outcome;
  readonly note: string;
}

export interface Check {
  readonly name: string;
  /** Not run where the model’s capabilities lack it. Tools and JSON need none: the kernel emulates them. */
  readonly needs?: Capability;
  /** Throws what a system call throws, which is a failure of the check. */
  run(subject: Subject): Promise<Finding>;
}

export interface Result extends Finding {
  readonly name: string;
  readonly ms: number;
  /** Input and output tokens of all calls of the check. */
  readonly tokens: number;
}

export function passed(note = ''): Finding {
  return { outcome: 'passed', note };
}

export function failed(note: string): Finding {
  return { outcome: 'failed', note };
}

export function notOffered(note: string): Finding {
  return { outcome: 'not offered', note };
}

/** A reply of the model in a note: one line, cut short. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
