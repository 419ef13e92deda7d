// The thread that evaluates expressions: QuickJS, compiled to WebAssembly, with a heap of its own for each of them.

import { parentPort } from 'node:worker_threads';
import type { JsonValue } from '@aios/protocol';
import quickjsModule from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';

export interface Expression {
  readonly code: string;
  readonly data: JsonValue;
}

export type Evaluation =
  | { readonly outcome: 'value'; readonly value: JsonValue }
  | { readonly outcome: 'error'; readonly message: string }
  | { readonly outcome: 'late' };

/**
 * Of 64 KB: 16 and 32 MB. The limit that QuickJS has itself counts next to nothing in WebAssembly (2 GB were had under one of
 * 32 MB), but its whole memory has a bound that holds.
 */
const memoryPages = { initial: 256, maximum: 512 };
/** TypeScript declares it with the types of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => object;
};
const stackBytes = 256 * 1024;

if (parentPort === null) throw new Error('expression-worker.ts is started by ExpressionThread only.');
const port = parentPort;
// Its types are those of its CommonJS build, where this is one level deeper.
const variant = quickjsModule as unknown as QuickJSSyncVariant;
const quickjs = await newQuickJSWASMModuleFromVariant(
  newVariant(variant, { wasmMemory: new WebAssembly.Memory(memoryPages) }),
);

port.on('message', ({ code, data, timeoutMs }: Expression & { timeoutMs: number }) => {
  port.postMessage(evaluate({ code, data }, performance.now() + timeoutMs));
});

function evaluate({ code, data }: Expression, deadline: number): Evaluation {
  const runtime = quickjs.newRuntime();
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
  // An error is an object too, for which there is no room then.
  if (error === null) return { outcome: 'error', message: 'it ran out of memory, or threw null' };
  if (typeof error !== 'object') return { outcome: 'error', message: `it threw ${String(error)}` };
  const { name, message } = error as { name?: unknown; message?: unknown };
  return { outcome: 'error', message: `${String(name)}: ${String(message)}`.slice(0, 2000) };
}
