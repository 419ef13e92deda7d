// The thread that evaluates expressions: QuickJS, compiled to WebAssembly, with a heap of its own for each of them.

import { parentPort } from 'node:worker_threads';
import type { JsonValue } from '@aios/protocol';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
} from 'quickjs-emscripten-core';

export interface Expression {
  readonly code: string;
  readonly data: JsonValue;
}

export type Evaluation =
  | { readonly outcome: 'value'; readonly value: JsonValue }
  | { readonly outcome: 'error'; readonly message: string }
  | { readonly outcome: 'late' };

const memoryBytes = 32 * 1024 * 1024;
const stackBytes = 256 * 1024;

if (parentPort === null) throw new Error('expression-worker.ts is started by ExpressionThread only.');
const port = parentPort;
const quickjs = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));

port.on('message', ({ code, data, timeoutMs }: Expression & { timeoutMs: number }) => {
  port.postMessage(evaluate({ code, data }, performance.now() + timeoutMs));
});

function evaluate({ code, data }: Expression, deadline: number): Evaluation {
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(memoryBytes);
  runtime.setMaxStackSize(stackBytes);
  let isLate = false;
  runtime.setInterruptHandler(() => {
    isLate ||= performance.now() > deadline;
    return isLate;
  });
  const context = runtime.newContext();
  try {
    const given = context.newString(JSON.stringify(data));
    context.setProp(context.global, 'data', given);
    given.dispose();
    const prepared = run(context, 'data = JSON.parse(data)');
    if (prepared.outcome === 'error') return prepared;
    const result = run(context, code);
    return isLate ? { outcome: 'late' } : result;
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function run(context: QuickJSContext, code: string): Evaluation {
  const result = context.evalCode(code, 'code.js', { type: 'global' });
  if (result.error) return failed(context, result.error);
  try {
    // As JSON, which says the same of every value and calls nothing of the host.
    const stringify = context.evalCode('JSON.stringify');
    if (stringify.error) return failed(context, stringify.error);
    const text = context.callFunction(stringify.value, context.undefined, result.value);
    stringify.value.dispose();
    if (text.error) return failed(context, text.error);
    const json = context.dump(text.value);
    text.value.dispose();
    return { outcome: 'value', value: typeof json === 'string' ? JSON.parse(json) : null };
  } finally {
    result.value.dispose();
  }
}

function failed(context: QuickJSContext, handle: QuickJSHandle): Evaluation {
  const error: unknown = context.dump(handle);
  handle.dispose();
  if (typeof error !== 'object' || error === null)
    return { outcome: 'error', message: `it threw ${String(error)}` };
  const { name, message } = error as { name?: unknown; message?: unknown };
  return { outcome: 'error', message: `${String(name)}: ${String(message)}`.slice(0, 2000) };
}
