import {
  AiosError,
  pid,
  type SyscallName,
  type SyscallOutput,
  syscallNames,
  tenantId,
  userId,
} from '@aios/protocol';
import { beforeEach, expect, test, vi } from 'vitest';
import { everything } from '../access/policy.fixture.ts';
import type { Caller } from './caller.ts';
import type { PreparedCall, SyscallHandlers } from './handler.ts';
import { SyscallPath } from './path.ts';
import type { CallOutcome, CallReport, PathPorts, Recollection } from './ports.ts';
import type { CallRequest } from './request.ts';

// The path alone, with ports that write down what it does.

const user: Caller = { tenant: tenantId.parse('t'), user: userId.parse('u'), policy: everything };
const durable: Caller = { ...user, process: { pid: pid.parse(7), agent: 'a', durable: true, fence: 1 } };

let trace: string[];
let yields: (() => void)[];
let reports: CallReport[];
let recalled: Recollection;
let isCurrent: boolean;
let denial: AiosError | undefined;
let overQuota: AiosError | undefined;
let written: unknown[];
let planned: CallOutcome | undefined;
let settled: (CallOutcome | undefined)[];

beforeEach(() => {
  trace = [];
  yields = [];
  reports = [];
  recalled = { kind: 'new' };
  isCurrent = true;
  denial = undefined;
  overQuota = undefined;
  written = [];
  planned = undefined;
  settled = [];
});

const ports: PathPorts = {
  isCurrent: () => isCurrent,
  authorise(_caller, { action, target }) {
    trace.push(`authorise ${action} ${target ?? ''}`.trim());
    if (denial !== undefined) throw denial;
    return [];
  },
  approve: () => undefined,
  reserve(caller, { reserveTokens }) {
    if (caller.process === undefined) return undefined;
    trace.push(`reserve ${reserveTokens}`);
    if (overQuota !== undefined) throw overQuota;
    return { settle: (used) => trace.push(`settle ${used && `${used.tokens} ${used.usd}`}`) };
  },
  replayed: (_process, { tokens }) => trace.push(`replayed ${tokens}`),
  journal: {
    open: ({ place }) => ({
      recall: () => recalled,
      plan: async () => {
        trace.push('planned');
        return planned;
      },
      dispatch: async () => {
        trace.push('dispatched');
      },
      idempotencyKey: 'key',
      abandon: async (outcome) => {
        trace.push('error' in outcome ? 'abandoned' : 'abandoned although done');
      },
      commit: async () => {
        throw new Error('not asked for here');
      },
      settle: async (outcome) => {
        written.push(outcome);
        trace.push(`journalled ${place.nested}`.trim());
        return settled.length > 0 ? settled.shift() : outcome;
      },
      reach: () => undefined,
    }),
    commit: async () => {
      throw new Error('not asked for here');
    },
    ensureCurrent: async () => undefined,
  },
  audit: { open: () => undefined },
  guard: {
    taintOf: () => undefined,
    objection: async () => undefined,
    reading: () => undefined,
    writing: () => undefined,
    wrote: async () => undefined,
    read: () => undefined,
  },
  acquire(queue) {
    trace.push(`acquire ${queue}`);
    return {
      release: (used) => trace.push(used === undefined ? 'release' : `release ${used.outputTokens}`),
      progress: ({ outputTokens }) => trace.push(`progress ${outputTokens}`),
      mayYield: true,
      rank: undefined,
      onYield: (listener) => yields.push(listener),
      runToEnd: (reason) => trace.push(`runs to end: ${reason}`),
    };
  },
  started: () => trace.push('started'),
  settled: (report) => {
    trace.push('reported');
    reports.push(report);
  },
};

type Execute = PreparedCall<SyscallName>['execute'];

function pathWith(
  name: SyscallName,
  execute: Execute,
  extra: Partial<PreparedCall<SyscallName>> = {},
  using: PathPorts = ports,
): SyscallPath {
  const unused = () => {
    throw new Error('not the call under test');
  };
  const handlers = Object.fromEntries(
    syscallNames.map((each) => [each, { prepare: each === name ? () => ({ execute, ...extra }) : unused }]),
  );
  return new SyscallPath(handlers as unknown as SyscallHandlers, using);
}

function request(
  name: string,
  input: unknown,
  caller: Caller = user,
  rest: Partial<CallRequest> = {},
): CallRequest {
  return { name, input, identify: () => caller, signals: [], place: { sequence: 1, nested: '' }, ...rest };
}

const emptyList: SyscallOutput<'tool.list'> = { tools: [] };
const result: SyscallOutput<'tool.call'> = { result: 1 };

test('a call goes through the steps in their order, each of them timed', async () => {
  const execute = async () => {
    trace.push('execute');
    return result;
  };
  const path = pathWith('tool.call', execute, { reserveTokens: 5 });
  await path.run(request('tool.call', { name: 'x' }, durable));
  expect(trace).toEqual([
    'started',
    'authorise tool.call x',
    'reserve 5',
    'planned',
    'acquire tool',
    'dispatched',
    'execute',
    'release',
    'journalled',
    'settle 0 0',
    'reported',
  ]);
  expect(Object.keys(reports[0]?.steps ?? {})).toEqual([
    'authenticate',
    'validate',
    'authorise',
    'admit',
    'journal',
    'schedule',
    'execute',
    'settle',
  ]);
});

test('a step that does not apply is not taken', async () => {
  const path = pathWith('tool.list', async () => emptyList);
  expect(await path.run(request('tool.list', undefined))).toEqual({ tools: [] });
  expect(trace).toEqual(['started', 'authorise tool.list', 'reported']);
});

test.each([
  ['an unknown call', 'tool.nope', {}, 'not_found', /tool\.list, tool\.call/],
  ['a bad field', 'tool.call', { name: '', arguments: {} }, 'invalid_argument', /tool\.call: name: /],
  ['input of the wrong kind', 'tool.call', 'text', 'invalid_argument', /expected object/],
])('%s is refused before anything else happens', async (_what, name, input, code, message) => {
  const path = pathWith('tool.call', async () => result);
  await expect(path.run(request(name, input))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(trace).toEqual([]);
});

test('a denied call and one over quota are reported, and reach no queue', async () => {
  const path = pathWith('tool.call', async () => result);
  denial = new AiosError('permission_denied', 'no');
  await expect(path.run(request('tool.call', { name: 'x' }))).rejects.toBe(denial);
  denial = undefined;
  overQuota = new AiosError('quota_exceeded', 'spent');
  await expect(path.run(request('tool.call', { name: 'x' }, durable))).rejects.toBe(overQuota);
  expect(trace).not.toContain('acquire tool');
  expect(reports.map(({ status, error }) => [status, error?.code])).toEqual([
    ['error', 'permission_denied'],
    ['error', 'quota_exceeded'],
  ]);
});

test('a handler that throws gives its slot back; what it threw becomes an AiosError', async () => {
  const path = pathWith('tool.call', () => Promise.reject(new Error('boom')));
  await expect(path.run(request('tool.call', { name: 'x' }))).rejects.toMatchObject({
    code: 'internal',
    message: 'boom',
  });
  expect(trace).toContain('release');
});

test('a deadline ends a handler that ignores its signal, and frees its slot', async () => {
  const path = pathWith('tool.call', () => new Promise(() => undefined));
  const ended = path.run(request('tool.call', { name: 'x' }, user, { deadlineMs: 10 }));
  await expect(ended).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(trace).toContain('release');
});

test.each(['signals', 'signal'] as const)(
  'a signal of a call, given as its %s, cancels it',
  async (given) => {
    const controller = new AbortController();
    const path = pathWith('tool.call', async ({ signal }) => {
      controller.abort(new AiosError('cancelled', 'enough'));
      signal.throwIfAborted();
      return result;
    });
    const { signal } = controller;
    const signals = { signals: { signals: [new AbortController().signal, signal] }, signal: { signal } }[
      given
    ];
    await expect(path.run(request('tool.call', { name: 'x' }, user, signals))).rejects.toThrow('enough');
  },
);

test('what is called behind a call is a batch call of the same caller, ends with its line and not with the call', async () => {
  const line = new AbortController();
  const own = new AbortController();
  const heard = Promise.withResolvers<AbortSignal>();
  const callers: Caller[] = [];
  let behind: Promise<unknown> | undefined;
  const path = pathWith('tool.call', async (context) => {
    callers.push(context.caller);
    if (behind !== undefined) {
      heard.resolve(context.signal);
      return await new Promise(() => undefined);
    }
    behind = Promise.resolve();
    behind = context.invokeBehind('tool.call', { name: 'x', arguments: {} });
    return result;
  });
  const signals = { signals: [line.signal], signal: own.signal };
  expect(await path.run(request('tool.call', { name: 'x' }, user, signals))).toEqual(result);
  const signal = await heard.promise;
  own.abort();
  expect(signal.aborted).toBe(false);
  expect(callers).toMatchObject([{ user: user.user }, { user: user.user, urgency: { class: 'batch' } }]);
  line.abort(new AiosError('cancelled', 'the line is closed'));
  await expect(behind).rejects.toThrow('the line is closed');
});

test('usage is settled as it was reported, as reserved when nobody knows, and as nothing when the provider refused', async () => {
  const usage = () => ({ inputTokens: 3, outputTokens: 4, source: 'provider' as const });
  const ask = (path: SyscallPath) =>
    path.run(request('tool.call', { name: 'x' }, durable)).catch(() => undefined);
  await ask(pathWith('tool.call', async () => result, { reserveTokens: 50, usage, costUsd: () => 0.25 }));
  await ask(
    pathWith('tool.call', () => Promise.reject(new AiosError('internal', 'x')), { reserveTokens: 50 }),
  );
  await ask(
    pathWith('tool.call', () => Promise.reject(new AiosError('rate_limited', 'x')), { reserveTokens: 50 }),
  );
  const cut = new AiosError('unavailable', 'x', { details: { partial: true } });
  await ask(pathWith('tool.call', () => Promise.reject(cut), { reserveTokens: 50 }));
  const wasteful = new AiosError('unavailable', 'x', { details: { wasted: { tokens: 12, usd: 0 } } });
  await ask(pathWith('tool.call', () => Promise.reject(wasteful), { reserveTokens: 50 }));
  expect(trace.filter((line) => line.startsWith('settle'))).toEqual([
    'settle 7 0.25',
    'settle undefined',
    'settle 0 0',
    'settle undefined',
    'settle 12 0',
  ]);
});

test('a call that the journal knows is answered from it and not run', async () => {
  const execute = vi.fn(async () => result);
  recalled = { kind: 'answered', output: { result: 'then' }, used: { tokens: 9, usd: 0 } };
  const path = pathWith('tool.call', execute, { reserveTokens: 50 });
  expect(await path.run(request('tool.call', { name: 'x' }, durable))).toEqual({ result: 'then' });
  recalled = { kind: 'failed', error: new AiosError('not_found', 'as then'), used: { tokens: 0, usd: 0 } };
  await expect(path.run(request('tool.call', { name: 'x' }, durable))).rejects.toThrow('as then');
  expect(execute).not.toHaveBeenCalled();
  expect(trace).toContain('replayed 9');
  expect(trace).not.toContain('reserve 50');
  expect(reports[0]?.status).toBe('replayed');
});

test('a call goes as the budgets have room for it, where that is not as it was asked for', async () => {
  const cheap = vi.fn(async () => result);
  const dear = vi.fn(async () => result);
  const reserve: PathPorts['reserve'] = () => ({
    instead: { execute: cheap, queue: 'core:cheap' },
    settle: () => trace.push('settle'),
  });
  await pathWith('tool.call', dear, {}, { ...ports, reserve }).run(request('tool.call', { name: 'x' }));
  expect([cheap.mock.calls.length, dear.mock.calls.length]).toEqual([1, 0]);
  expect(trace).toContain('acquire core:cheap');
});

test('a call that waits for its budgets ends with its signal', async () => {
  const controller = new AbortController();
  const reserve: PathPorts['reserve'] = (_caller, _prepared, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const path = pathWith('tool.call', async () => result, {}, { ...ports, reserve });
  const ended = path.run(request('tool.call', { name: 'x' }, durable, { signals: [controller.signal] }));
  controller.abort(new AiosError('cancelled', 'enough'));
  await expect(ended).rejects.toThrow('enough');
  expect(trace).not.toContain('acquire tool');
});

test('an effect that was begun before and has an outcome is not made again', async () => {
  recalled = { kind: 'dispatched' };
  const execute = vi.fn(async () => result);
  planned = { output: { result: 'found out' } };
  const path = pathWith('tool.call', execute);
  expect(await path.run(request('tool.call', { name: 'x' }, durable))).toEqual({ result: 'found out' });
  planned = { error: new AiosError('outcome_unknown', 'nobody knows') };
  await expect(path.run(request('tool.call', { name: 'x' }, durable))).rejects.toThrow('nobody knows');
  expect(execute).not.toHaveBeenCalled();
});

test('an effect that turns out not to have happened is planned and made anew', async () => {
  const execute = vi.fn(async () => result);
  settled = [undefined];
  const path = pathWith('tool.call', execute);
  expect(await path.run(request('tool.call', { name: 'x' }, durable))).toEqual(result);
  expect(execute).toHaveBeenCalledTimes(2);
  expect(trace.filter((line) => line === 'planned' || line === 'dispatched')).toEqual([
    'planned',
    'dispatched',
    'planned',
    'dispatched',
  ]);
});

test('a call of a tool that only reads is neither planned nor dispatched as an effect', async () => {
  const path = pathWith('tool.call', async () => result, { effect: 'read' });
  await path.run(request('tool.call', { name: 'x' }, durable));
  expect(trace).not.toContain('planned');
  expect(trace).not.toContain('dispatched');
});

test('the answer of a call whose process was taken over meanwhile is neither written nor given', async () => {
  const path = pathWith('tool.call', async () => {
    isCurrent = false;
    return result;
  });
  await expect(path.run(request('tool.call', { name: 'x' }, durable))).rejects.toMatchObject({
    code: 'stale_fence',
  });
  expect(written).toEqual([]);
  expect(trace).toContain('abandoned although done');
});

test('only calls that durable processes make, or that are made inside those, are journalled', async () => {
  const path = pathWith('tool.call', async () => result);
  await path.run(request('tool.call', { name: 'x' }, user));
  await path.run(request('tool.call', { name: 'x' }, durable, { place: undefined }));
  expect(trace).not.toContain('journalled');
});

test('a call inside a journalled call has a place of its own, and one that reads is made anew each time', async () => {
  const inside = async (effect: 'read' | 'write') => {
    trace = [];
    const path = pathWith(
      'tool.call',
      async ({ invoke, call }) => {
        if (call === '1') await invoke('tool.call', { name: 'inner', arguments: {} });
        return result;
      },
      { effect },
    );
    await path.run(request('tool.call', { name: 'outer' }, durable));
    return trace.filter((line) => line.startsWith('journalled'));
  };
  expect(await inside('write')).toEqual(['journalled 1', 'journalled']);
  expect(await inside('read')).toEqual(['journalled']);
});

test('a call inside a call is a call of the same caller, reported as belonging to the outer one', async () => {
  const path = pathWith('tool.call', async ({ invoke, call }) => {
    if (call === '1') await invoke('tool.call', { name: 'inner', arguments: {} });
    return result;
  });
  await path.run(request('tool.call', { name: 'outer' }));
  expect(reports.map(({ call, parentCall, target }) => [call, parentCall, target])).toEqual([
    ['2', '1', 'inner'],
    ['1', undefined, 'outer'],
  ]);
});

test('partial results reach the caller who asked for them, and only then', async () => {
  const chunks: unknown[] = [];
  const seen: boolean[] = [];
  const path = pathWith('tool.call', async ({ emit }) => {
    seen.push(emit !== undefined);
    emit?.('part' as never);
    return result;
  });
  await path.run(request('tool.call', { name: 'x' }, user, { onChunk: (chunk) => chunks.push(chunk) }));
  await path.run(request('tool.call', { name: 'x' }));
  expect(chunks).toEqual(['part']);
  expect(seen).toEqual([true, false]);
});

test('a call that moves to another queue holds one slot at a time, and none when it is over', async () => {
  const path = pathWith('tool.call', async ({ moveTo }) => {
    await moveTo('core:second');
    trace.push('execute');
    return result;
  });
  await path.run(request('tool.call', { name: 'x' }));
  expect(trace.slice(2, -1)).toEqual([
    'acquire tool',
    'release',
    'acquire core:second',
    'execute',
    'release',
  ]);
});

test('a handler that moves after its call was cancelled gets no slot to keep', async () => {
  const controller = new AbortController();
  const moved = Promise.withResolvers<void>();
  const path = pathWith('tool.call', async ({ moveTo }) => {
    controller.abort(new AiosError('cancelled', 'enough'));
    await new Promise((resolve) => setImmediate(resolve));
    await moveTo('core:late');
    moved.resolve();
    return result;
  });
  const ended = path.run(request('tool.call', { name: 'x' }, user, { signals: [controller.signal] }));
  await expect(ended).rejects.toThrow('enough');
  await moved.promise;
  expect(trace.filter((line) => line.startsWith('acquire'))).toHaveLength(2);
  expect(trace.filter((line) => line === 'release')).toHaveLength(2);
});

test('a call that is told to yield queues again, and is told again on its next slot', async () => {
  const path = pathWith('tool.call', async ({ moveTo, progress, onYield }) => {
    const told = Promise.withResolvers<void>();
    onYield(told.resolve);
    progress({ inputTokens: 1, outputTokens: 7 });
    yields[0]?.();
    await told.promise;
    await moveTo('tool');
    return result;
  });
  await path.run(request('tool.call', { name: 'x' }));
  expect(trace.slice(2, -1)).toEqual(['acquire tool', 'progress 7', 'release', 'acquire tool', 'release']);
  expect(yields).toHaveLength(2);
});
