import { type SyscallChannel, syscallNames } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createClient } from './aios.ts';

function recordingClient() {
  const calls: unknown[][] = [];
  const call = (...args: unknown[]) => {
    calls.push(args);
    return Promise.resolve({});
  };
  return { calls, aios: createClient({ call } as unknown as SyscallChannel) };
}

test('every row of the table is a method, which passes input and options on', async () => {
  const { calls, aios } = recordingClient();
  for (const name of syscallNames) {
    const [prefix = '', method = ''] = name.split('.');
    const family = Reflect.get(aios, prefix);
    await Reflect.get(family, method)({ a: name }, { deadlineMs: 1 });
  }
  expect(calls).toEqual(syscallNames.map((name) => [name, { a: name }, { deadlineMs: 1 }]));
});

test('a call by name is the same, and a call without input sends an empty one', async () => {
  const { calls, aios } = recordingClient();
  await aios.call('storage.list', { path: '/docs' });
  await aios.kernel.status();
  expect(calls).toEqual([
    ['storage.list', { path: '/docs' }, undefined],
    ['kernel.status', {}, undefined],
  ]);
});
