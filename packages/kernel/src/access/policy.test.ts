import { type Permission, permission } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccessRequest } from '../syscall/index.ts';
import { createPolicy, joinPolicies, narrowPolicy } from './policy.ts';

const layer = (...texts: string[]): Permission[] => texts.map((text) => permission.parse(text));
const judge = (texts: string[], request: AccessRequest) =>
  createPolicy([layer(...texts)]).judge(request).kind;

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

test.each([
  ['llm.chat:gpt-*', { action: 'llm.chat', target: 'gpt-5' }],
  ['tool.call:web.*', { action: 'tool.call', target: 'web.search' }],
  ['storage.write:/reports/**', { action: 'storage.write', target: '/reports/a/b.md' }],
  ['memory.read', { action: 'memory.read', target: undefined }],
  ['net.connect:*.example.com', { action: 'net.connect', target: 'api.example.com' }],
  ['process.spawn:team/*', { action: 'process.spawn', target: 'team/writer' }],
  ['env.read:GITHUB_*', { action: 'env.read', target: 'GITHUB_TOKEN' }],
])('one matcher for all families: %s', (text, request) => {
  expect(judge([text], request)).toBe('allow');
  expect(judge([text], { ...request, target: request.target && `other-${request.target}/x` })).toBe(
    request.target === undefined ? 'allow' : 'deny',
  );
  expect(judge(['*', `!${text}`], request)).toBe('deny');
  expect(judge(['*', `?${text}`], request)).toBe('ask');
});

test.each([
  ['tool.call:shell.run(command=git **)', { command: 'git add src/a.ts' }, 'allow'],
  ['tool.call:shell.run(command=git **)', { command: 'rm -rf /' }, 'deny'],
  ['tool.call:shell.run(command=git **)', {}, 'deny'],
  ['tool.call:shell.run(command=git **, network=false)', { command: 'git log', network: true }, 'deny'],
  ['tool.call:shell.run(command=git **, network=false)', { command: 'git log', network: false }, 'allow'],
  ['tool.call(amount<=100)', { amount: 100 }, 'allow'],
  ['tool.call(amount<=100)', { amount: 100.01 }, 'deny'],
  ['tool.call(amount<=100)', { amount: '5' }, 'deny'],
  ['tool.call(amount>=1, amount<=5)', { amount: 0 }, 'deny'],
  ['tool.call(to.name=ada)', { to: { name: 'ada' } }, 'allow'],
  ['tool.call(to.name=ada)', { to: 'ada' }, 'deny'],
  ['tool.call(to=*@example.com)', { to: ['a@example.com', 'b@example.com'] }, 'allow'],
  ['tool.call(to=*@example.com)', { to: ['a@example.com', 'b@example.org'] }, 'deny'],
  ['tool.call(to=*@example.com)', { to: [] }, 'deny'],
  ['tool.call(constructor=**)', {}, 'deny'],
] as const)('conditions on arguments: %s of %j: %s', (text, given, expected) => {
  expect(judge([text], { action: 'tool.call', target: 'shell.run', given })).toBe(expected);
});

test('a permission may name a system call in place of its action', () => {
  const rollback: AccessRequest = { action: 'storage.write', call: 'storage.rollback', target: '/a' };
  expect(judge(['storage.rollback'], rollback)).toBe('allow');
  expect(judge(['storage.rollback'], { ...rollback, call: 'storage.write' })).toBe('deny');
  expect(judge(['storage.write', '?storage.rollback'], rollback)).toBe('ask');
  expect(judge(['storage.write', '?storage.rollback'], { ...rollback, call: 'storage.write' })).toBe('allow');
});

test('what is not known of a call counts as what is worse', () => {
  const call = { action: 'tool.call', target: undefined };
  expect(judge(['tool.call:shell.run'], call)).toBe('deny');
  expect(judge(['tool.call', '!tool.call:shell.run'], call)).toBe('deny');
  expect(judge(['tool.call(amount<=5)'], { ...call, target: 'pay' })).toBe('deny');
  expect(judge(['tool.call', '?tool.call(amount>=5)'], { ...call, target: 'pay' })).toBe('ask');
});

test('a tool is shown where some call of it can be allowed', () => {
  const may = (...texts: string[]) => createPolicy([layer(...texts)]).mayAllow('tool.call', 'pay');
  expect(may('tool.call:pay(amount<=5)')).toBe(true);
  expect(may('tool.*', '?tool.call:pay')).toBe(true);
  expect(may('tool.*', '!tool.call:pay(amount>=5)')).toBe(true);
  expect(may('tool.*', '!tool.call:pay')).toBe(false);
  expect(may('tool.call:other')).toBe(false);
});

test('a bound that is no number is refused where the permission is given', () => {
  expect(() => createPolicy([layer('tool.call(amount<=much)')])).toThrow(/compares with a number/);
});

const rank = { deny: 0, ask: 1, allow: 2 };
const action = fc.constantFrom('storage.read', 'storage.write', 'tool.call', 'llm.chat');
const grant = fc
  .tuple(
    fc.constantFrom('', '', '?', '!'),
    fc.oneof(
      fc.constant('*'),
      action,
      fc
        .tuple(action, fc.constantFrom(':/a/**', ':/a/b', ':*', ':**', '(size<=5)', ':/a/**(mode=fast)'))
        .map(([name, rest]) => `${name}${rest}`),
      fc.constantFrom('storage.*', 'tool.*'),
    ),
  )
  .map(([sign, text]) => `${sign}${text}`);
const request = fc.record({
  action,
  target: fc.constantFrom(undefined, '/a/b', '/a', '/c'),
  given: fc.constantFrom({}, { size: 3 }, { size: 9, mode: 'fast' }, { mode: 'slow' }),
});

test('a narrowed policy never allows what the one before did not, nor asks for what it denied', () => {
  const layers = fc.array(fc.array(grant, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(layers, request, (texts, wanted) => {
      let policy = createPolicy([layer('*')]);
      for (const grants of texts) {
        const narrowed = narrowPolicy(policy, layer(...grants));
        expect(rank[narrowed.judge(wanted).kind]).toBeLessThanOrEqual(rank[policy.judge(wanted).kind]);
        policy = narrowed;
      }
    }),
  );
});

test('what two policies allow together is what both allow', () => {
  const grants = fc.array(grant, { maxLength: 4 });
  fc.assert(
    fc.property(grants, grants, request, (one, other, wanted) => {
      const [left, right] = [createPolicy([layer(...one)]), createPolicy([layer(...other)])];
      const both = joinPolicies(left, right).judge(wanted).kind;
      expect(rank[both]).toBe(Math.min(rank[left.judge(wanted).kind], rank[right.judge(wanted).kind]));
    }),
  );
});

test('the same layer is kept once', () => {
  const policy = narrowPolicy(createPolicy([layer('*')]), layer('llm.chat'));
  expect(narrowPolicy(policy, layer('llm.chat')).layers).toHaveLength(2);
});
