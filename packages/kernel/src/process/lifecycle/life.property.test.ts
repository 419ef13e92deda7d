import { AiosError, type ProcessState, pid as pidSchema } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FamilyTree } from './family-tree.ts';
import { Life } from './life.ts';
import { type Happening, isFinal, lifecycle } from './transitions.ts';

const happenings = Object.keys(lifecycle) as Happening[];
const step = fc.oneof(
  fc.record({ kind: fc.constant('move' as const), happening: fc.constantFrom(...happenings) }),
  fc.record({ kind: fc.constantFrom('start', 'suspend', 'resume', 'hold', 'release') }),
);

test('whatever happens in whatever order: only declared transitions, each told with its cause, none refused half', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const told: { from: ProcessState; to: ProcessState; cause: string }[] = [];
      const life = new Life((from, to, cause) => told.push({ from, to, cause }));
      const holds: Disposable[] = [];
      for (const each of steps) {
        const before = { state: life.state, told: told.length };
        try {
          if (each.kind === 'move') life.move(each.happening, 'a cause');
          else if (each.kind === 'hold') holds.push(life.wait('a hold'));
          else if (each.kind === 'release') holds.pop()?.[Symbol.dispose]();
          else life[each.kind]('a cause');
        } catch (error) {
          expect(AiosError.isInstance(error) && error.code).toBe('failed_precondition');
          expect({ state: life.state, told: told.length }).toEqual(before);
        }
        if (isFinal(before.state)) expect(life.state).toBe(before.state);
      }
      let state: ProcessState = 'created';
      for (const { from, to, cause } of told) {
        expect(from).toBe(state);
        expect(happenings.some((name) => isDeclared(name, from, to))).toBe(true);
        expect(cause).not.toBe('');
        state = to;
      }
      expect(life.state).toBe(state);
    }),
  );
});

function isDeclared(happening: Happening, from: ProcessState, to: ProcessState): boolean {
  const transition: { from: readonly ProcessState[]; to: ProcessState } = lifecycle[happening];
  return transition.from.includes(from) && transition.to === to;
}

test('after suspend and resume a process is where it was, waits that ended meanwhile included', () => {
  const life = new Life(() => undefined);
  life.move('admit', 'test');
  life.start('test');
  const wait = life.wait('a child');
  life.suspend('test');
  life.resume('test');
  expect(life.state).toBe('waiting');
  life.suspend('test');
  wait[Symbol.dispose]();
  expect(life.state).toBe('suspended');
  life.resume('test');
  expect(life.state).toBe('running');
});

test('a family stays a forest: everybody has a living parent or none, and descends from exactly its ancestors', () => {
  const number = fc.integer({ min: 1, max: 15 });
  const change = fc.record({
    adds: fc.boolean(),
    pid: number,
    parent: fc.option(number, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const tree = new FamilyTree();
      const alive = new Map<number, number | undefined>();
      for (const { adds, pid, parent } of changes) {
        const known = alive.has(pid);
        if (adds && !known && parent !== pid) {
          tree.add(pidSchema.parse(pid), parent === undefined ? undefined : pidSchema.parse(parent));
          alive.set(pid, parent !== undefined && alive.has(parent) ? parent : undefined);
        } else if (!adds && known) {
          const { orphans, adopter } = tree.remove(pidSchema.parse(pid));
          expect(adopter).toBe(alive.get(pid));
          alive.delete(pid);
          const expected = [...alive].filter(([, above]) => above === pid).map(([child]) => child);
          expect([...orphans].sort()).toEqual(expected.sort());
          for (const child of expected) alive.set(child, adopter);
        }
      }
      for (const [child, parent] of alive) {
        const branded = pidSchema.parse(child);
        expect(tree.parentOf(branded)).toBe(parent);
        for (let above = parent; above !== undefined; above = alive.get(above)) {
          expect(tree.isWithin(branded, pidSchema.parse(above))).toBe(true);
          expect([...tree.withDescendants(pidSchema.parse(above))]).toContain(branded);
        }
      }
    }),
  );
});
