import { agentManifest, permission, pid, syscalls, tenantId, userId } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createPolicy } from '../access/index.ts';
import type { Urgency } from '../syscall/index.ts';
import { planProcess } from './plan-process.ts';

const person = {
  tenant: tenantId.parse('t'),
  user: userId.parse('u'),
  policy: createPolicy([[permission.parse('*')]]),
};

function urgencyOf(manifest: Partial<Urgency>, request: Partial<Urgency>, parent?: Urgency): Urgency {
  const agent = {
    manifest: agentManifest.parse({ name: 'a', ...manifest }),
    entry: 'file:///a.ts',
    trusted: true,
    sandboxed: false,
  };
  const process = parent && { pid: pid.parse(1), agent: 'parent', durable: false, fence: 1, urgency: parent };
  const input = syscalls['process.spawn'].input.parse({ agent: 'a', ...request });
  return planProcess({ ...person, ...(process && { process }) }, undefined, agent, input).urgency;
}

test('the class and priority of a process are those asked for, else those of its manifest, else those of its parent', () => {
  expect(urgencyOf({}, {})).toEqual({ class: 'pipeline', priority: 0 });
  expect(urgencyOf({ class: 'batch', priority: 3 }, {})).toEqual({ class: 'batch', priority: 3 });
  expect(urgencyOf({ class: 'batch', priority: 3 }, { class: 'interactive', priority: 5 })).toEqual({
    class: 'interactive',
    priority: 5,
  });
  expect(urgencyOf({}, {}, { class: 'interactive', priority: -1 })).toEqual({
    class: 'interactive',
    priority: -1,
  });
});

test('a process is never more urgent than the one that starts it', () => {
  const parent = { class: 'batch', priority: -5 } as const;
  expect(urgencyOf({ class: 'interactive', priority: 9 }, {}, parent)).toEqual(parent);
  expect(urgencyOf({}, { class: 'pipeline', priority: 0 }, parent)).toEqual(parent);
  expect(urgencyOf({}, { class: 'batch', priority: -9 }, parent)).toEqual({ class: 'batch', priority: -9 });
});

test('an agent runs in a runtime that can run its language, and inline only where it is trusted', () => {
  const runtimeOf = (
    entry: string,
    trusted: boolean,
    manifest?: string,
    asked?: string,
    sandboxed = false,
  ) => {
    const agent = {
      manifest: agentManifest.parse({ name: 'a', runtime: manifest }),
      entry,
      trusted,
      sandboxed,
    };
    const input = syscalls['process.spawn'].input.parse({ agent: 'a', runtime: asked });
    return planProcess(person, undefined, agent, input).runtime;
  };
  expect(runtimeOf('file:///a.ts?changed=1', false)).toBe('worker');
  expect(runtimeOf('file:///a.ts', false, 'process')).toBe('process');
  expect(runtimeOf('file:///a.ts', false, 'inline')).toBe('worker');
  expect(runtimeOf('file:///a.ts', true, 'inline')).toBe('inline');
  expect(runtimeOf('file:///a.ts', true, 'inline', 'process')).toBe('process');
  expect(runtimeOf('file:///a.py?changed=1', false, 'python')).toBe('python');
  expect(() => runtimeOf('file:///a.ts', false, undefined, 'inline')).toThrow('not a trusted agent');
  expect(() => runtimeOf('file:///a.ts', false, undefined, 'python')).toThrow('TypeScript or JavaScript');
  expect(() => runtimeOf('file:///a.py', false, 'python', 'worker')).toThrow('written in Python');
  expect(runtimeOf('remote:a?unknownEffects=wait', false, 'inline')).toBe('remote');
  expect(() => runtimeOf('remote:a?unknownEffects=wait', false, 'worker', 'worker')).toThrow(
    'from elsewhere',
  );
  expect(() => runtimeOf('file:///a.ts', false, undefined, 'remote')).toThrow('TypeScript or JavaScript');
  expect(runtimeOf('file:///a.ts', false, 'sandbox')).toBe('sandbox');
  expect(runtimeOf('file:///a.py', false, 'python', 'sandbox')).toBe('sandbox');
  for (const asked of [undefined, 'worker', 'process'])
    expect(runtimeOf('file:///a.ts', false, 'worker', asked, true)).toBe('sandbox');
});
