import { expect, test } from 'vitest';
import { CallTree, type SettledCall, type TreeLine } from './call-tree.ts';

function settled(call: string, parentCall?: string): SettledCall {
  const base = {
    sequence: 1,
    at: '',
    type: 'syscall-settled',
    name: 'x.y',
    status: 'ok',
    durationMs: 1,
    steps: {},
  } as const;
  return { ...base, call, ...(parentCall && { parentCall }) };
}

const names = (lines: TreeLine[]) => lines.map(({ call, depth }) => '>'.repeat(depth) + call.call);

test('a call comes out when it settles; inner calls wait for the outer one and stand below it', () => {
  const tree = new CallTree();
  for (const call of ['outer', 'inner', 'innermost', 'other']) tree.started(call);
  expect(names(tree.settled(settled('innermost', 'inner')))).toEqual([]);
  expect(names(tree.settled(settled('other')))).toEqual(['other']);
  expect(names(tree.settled(settled('inner', 'outer')))).toEqual([]);
  expect(names(tree.settled(settled('outer')))).toEqual(['outer', '>inner', '>>innermost']);
  expect(names(tree.rest())).toEqual([]);
});

test('an inner call whose outer one was never seen comes out at once', () => {
  expect(names(new CallTree().settled(settled('inner', 'elsewhere')))).toEqual(['inner']);
});

test('what waits for a call that never settles is not lost', () => {
  const tree = new CallTree();
  tree.started('outer');
  tree.settled(settled('one', 'outer'));
  tree.settled(settled('two', 'outer'));
  expect(names(tree.rest())).toEqual(['>one', '>two']);
  expect(tree.rest()).toEqual([]);
});
