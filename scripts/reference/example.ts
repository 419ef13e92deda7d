import { type JsonObject, type JsonValue, jsonObject, type SyscallName, syscalls } from '@aios/protocol';
import type { Schema } from './schema-text.ts';

/** What stands in examples for a field of this name. */
const samples: Readonly<Record<string, JsonValue>> = {
  agent: 'researcher',
  arguments: { expression: '2 + 2' },
  body: '{"messages":[{"role":"user","content":"Say hello."}]}',
  checkpoint: 3,
  budget: { tokens: 50_000 },
  change: 'greet-first',
  content: 'Ask what changed since Monday.',
  decision: 'approve',
  dialect: 'openai-chat',
  from: 3,
  id: 'b7Kq2mXw9TfA',
  input: { question: 'What is AIOS?' },
  messages: [{ role: 'user', content: 'Say hello.' }],
  name: 'calculator',
  needs: [],
  olderThanMs: 7_776_000_000,
  on: { kind: 'file', path: '/inbox/**' },
  outcome: 'committed',
  path: '/notes/today.md',
  pid: 1,
  question: 1,
  query: 'What changed since Monday?',
  conditions: [{ kind: 'timer', afterMs: 1000 }],
  schedule: 1,
  signal: 'suspend',
  source: '/home/me/documents',
  stream: false,
  text: 'Half done.',
  to: 'researcher',
  topic: 'weather',
  trigger: 1,
  key: 'plan',
  texts: ['Say hello.'],
  value: { said: 'Hello.' },
  version: 1,
};
/** Optional fields that an example says more with than without. */
const telling = new Set(['arguments', 'input']);

/** An input that the call accepts: its required fields and the telling ones. */
export function exampleInput(name: SyscallName, { properties = {}, required = [] }: Schema): JsonObject {
  const fields = Object.keys(properties).filter((field) => required.includes(field) || telling.has(field));
  const entries = fields.map((field) => [field, samples[field]] as const);
  const missing = entries.filter(([, sample]) => sample === undefined).map(([field]) => field);
  const input = jsonObject.parse(Object.fromEntries(entries));
  const problem = syscalls[name].input.safeParse(input).error;
  if (missing.length === 0 && problem === undefined) return input;
  throw new Error(
    `${name} needs a sample for ${missing.join(', ') || problem?.message} in scripts/reference/example.ts`,
  );
}

export function curlExample(name: SyscallName, input: JsonObject): string {
  const body = JSON.stringify(input).replaceAll("'", "'\\''");
  return [
    `curl http://127.0.0.1:8000/api/syscalls/${name} \\`,
    '  -H "authorization: Bearer $(cat ~/.aios/credentials)" \\',
    '  -H "content-type: application/json" \\',
    `  -d '${body}'`,
  ].join('\n');
}
