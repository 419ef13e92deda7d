import { expect } from 'vitest';
import { type Endpoint, embeddingModel } from './endpoint.ts';
import type { OtherRun, Program } from './programs.ts';
import type { SeenRun } from './run-program.ts';
import { verdict } from './scripted-orders.ts';

export const secret = 'hall-7f3';
const answer = `Order A-17 is in ${secret}-A-17. Order B-4 is in ${secret}-B-4.`;
const counted = { inputTokens: 250, outputTokens: 50 };

export interface Expecting {
  readonly endpoint: Endpoint;
  /** Whether it is the vendor itself, whose streams tell their tokens in other places or only to those who ask. */
  readonly isVendor: boolean;
}

/** Compares what a program saw with what it must have seen: every run with every model, and no other. */
export function expectSeen(seen: readonly SeenRun[], program: Program, expecting: Expecting): void {
  const runs: Record<string, unknown> = {};
  for (const model of expecting.endpoint.models) {
    const old = expecting.isVendor ? [] : (program.oldConversations ?? []);
    for (const run of [...program.conversations, ...old]) {
      const usage = expect.objectContaining(usageOf(program, run, expecting));
      runs[`${run} ${model}`] = expect.objectContaining({ answer, orders: ['A-17', 'B-4'], usage });
    }
    for (const run of program.structured ?? []) {
      runs[`${run} ${model}`] = expect.objectContaining({ json: verdict });
    }
  }
  for (const [run, kind] of Object.entries(program.others ?? {})) {
    for (const model of modelsOf(kind, expecting.endpoint)) {
      runs[`${run} ${model}`] = expect.objectContaining(other(kind, model, expecting.endpoint));
    }
  }
  expect(Object.fromEntries(seen.map((run) => [`${run.run} ${run.model}`, run]))).toEqual(runs);
  for (const { run, deltas, usage } of seen) {
    if (usage !== undefined && !(expecting.isVendor && program.vendorUsages?.[run])) {
      expect(usage, run).toEqual(expect.objectContaining({ outputTokens: expect.toSatisfy(isPositive) }));
    }
    // The answer has ten words and comes in ten pieces; no client may get them in fewer.
    if (deltas !== undefined) expect(deltas, run).toBeGreaterThanOrEqual(10);
  }
}

function isPositive(count: number): boolean {
  return count > 0;
}

function usageOf(program: Program, run: string, { isVendor }: Expecting) {
  if (isVendor && program.vendorUsages?.[run]) return program.vendorUsages[run];
  return program.usages?.[run] ?? counted;
}

function modelsOf(kind: OtherRun, { models }: Endpoint): readonly string[] {
  if (kind === 'model' || kind === 'count' || kind === 'image') return models;
  return kind.startsWith('embeddings') ? [embeddingModel] : [''];
}

function other(kind: OtherRun, model: string, { listed, wrongGoogleKey }: Endpoint): object {
  switch (kind) {
    case 'model':
      return { id: model };
    case 'models':
      return { ids: expect.arrayContaining([...listed]) };
    case 'count':
      return { inputTokens: expect.any(Number) };
    case 'embeddings':
      return { lengths: [8, 8] };
    case 'embeddings both ways':
      return { lengths: [8, 8], same: true, inputTokens: 2 };
    case 'image':
      return { answer: 'Pictures: 1.' };
    case 'wrong key':
      return { status: 401, errorClass: 'AuthenticationError', attempts: 1 };
    case 'no credit':
      return {
        status: 402,
        errorClass: expect.stringMatching(/^(API(Status)?|PaymentRequired)Error$/),
        attempts: 1,
      };
    case 'too busy':
      return { status: 429, errorClass: 'RateLimitError', attempts: 3 };
    case 'wrong key of Google':
      return { status: wrongGoogleKey };
    case 'no credit at Google':
      return { status: 402 };
    case 'too busy at Google':
      return { status: 429 };
  }
}
