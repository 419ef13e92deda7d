import type { AgentManifest, JsonValue, Problem, ProcessSignal } from '@aios/protocol';

// What the kernel and a worker thread say to each other. `task` is a run of an agent’s code on the thread;
// `call` numbers the calls of one task.

export type ToThread =
  | { readonly type: 'describe'; readonly request: number; readonly entry: string }
  | { readonly type: 'start'; readonly task: number; readonly entry: string; readonly input: JsonValue }
  | { readonly type: 'signal'; readonly task: number; readonly signal: ProcessSignal }
  | { readonly type: 'drop'; readonly task: number }
  | { readonly type: 'end'; readonly task: number; readonly error: Problem }
  | { readonly type: 'abort'; readonly task: number; readonly error: Problem }
  | { readonly type: 'chunk'; readonly task: number; readonly call: number; readonly chunk: unknown }
  | { readonly type: 'reply'; readonly task: number; readonly call: number; readonly outcome: Outcome };

export type FromThread =
  | { readonly type: 'described'; readonly request: number; readonly outcome: Outcome<AgentManifest> }
  | { readonly type: 'started'; readonly task: number }
  | { readonly type: 'listening'; readonly task: number }
  | { readonly type: 'ended'; readonly task: number; readonly outcome: Outcome<JsonValue> }
  | { readonly type: 'aborted'; readonly task: number }
  | {
      readonly type: 'call';
      readonly task: number;
      readonly call: number;
      readonly name: string;
      readonly input: unknown;
      readonly stream: boolean;
      readonly deadlineMs: number | undefined;
    }
  | { readonly type: 'cancel'; readonly task: number; readonly call: number };

export type Outcome<Output = unknown> =
  | { readonly ok: true; readonly output: Output }
  | { readonly ok: false; readonly error: Problem };
