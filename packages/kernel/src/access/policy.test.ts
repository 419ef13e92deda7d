import { type Permission, permission } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPolicy, narrowPolicy } from './policy.ts';

const layer = (...texts: string[]): Permission[] => texts.map((text) => permission.parse(text));

test('an empty layer denies everything, and a policy without layers is refused', () => {
  expect(createPolicy([[]]).allows('llm.chat', undefined)).toBe(false);
  expect(() => createPolicy([])).toThrow(/at least one layer/);
});

test('a grant without a pattern allows any target, one with a pattern only what it matches', () => {
  const policy = createPolicy([layer('llm.chat', 'storage.read:/docs/**', 'memory.*')]);
  expect(policy.allows('llm.chat', 'gpt')).toBe(true);
  expect(policy.allows('llm.chat', undefined)).toBe(true);
  expect(policy.allows('storage.read', '/docs/a.md')).toBe(true);
  expect(policy.allows('storage.read', '/etc/passwd')).toBe(false);
  expect(policy.allows('storage.read', undefined)).toBe(false);
  expect(policy.allows('storage.write', '/docs/a.md')).toBe(false);
  expect(policy.allows('memory.write', undefined)).toBe(true);
  expect(policy.allows('kernel.refresh', undefined)).toBe(false);
});

test('a narrowed policy never allows what the one before did not', () => {
  const action = fc.constantFrom('storage.read', 'storage.write', 'tool.call', 'llm.chat');
  const grant = fc.oneof(
    fc.constant('*'),
    action,
    fc
      .tuple(action, fc.constantFrom('/a/**', '/a/b', '*', '**'))
      .map(([name, pattern]) => `${name}:${pattern}`),
    fc.constantFrom('storage.*', 'tool.*'),
  );
  const layers = fc.array(fc.array(grant, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(layers, action, fc.constantFrom(undefined, '/a/b', '/a', '/c'), (texts, name, target) => {
      let policy = createPolicy([layer('*')]);
      for (const grants of texts) {
        const narrowed = narrowPolicy(policy, layer(...grants));
        if (narrowed.allows(name, target)) expect(policy.allows(name, target)).toBe(true);
        policy = narrowed;
      }
    }),
  );
});

test('the same layer is kept once', () => {
  const policy = narrowPolicy(createPolicy([layer('*')]), layer('llm.chat'));
  expect(narrowPolicy(policy, layer('llm.chat')).layers).toHaveLength(2);
});
