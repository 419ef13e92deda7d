import { AiosError, type Pid, pid } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BudgetLedger } from './budget-ledger.ts';

const p = (number: number): Pid => pid.parse(number);

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return AiosError.isInstance(error) ? error.code : 'another error';
  }
}

test('a child draws on the budget of its parent', () => {
  const ledger = new BudgetLedger();
  ledger.open(p(1), undefined, { tokens: 100 });
  ledger.open(p(2), p(1), {});
  ledger.reserve(p(2), 60).settle(50);
  expect(ledger.used(p(1))).toEqual({ calls: 1, tokens: 50 });
  expect(codeOf(() => ledger.reserve(p(2), 51))).toBe('quota_exceeded');
  expect(codeOf(() => ledger.reserve(p(1), 50))).toBeUndefined();
});

test('what is reserved counts until it is settled, and unreported usage counts as reserved', () => {
  const ledger = new BudgetLedger();
  ledger.open(p(1), undefined, { tokens: 100 });
  const first = ledger.reserve(p(1), 80);
  expect(codeOf(() => ledger.reserve(p(1), 30))).toBe('quota_exceeded');
  first.settle(10);
  ledger.reserve(p(1), 30).settle(undefined);
  expect(ledger.used(p(1))).toEqual({ calls: 2, tokens: 40 });
  expect(() => first.settle(1)).toThrow(/twice/);
});

test('a refused reservation holds nothing, of the child or of the parent', () => {
  const ledger = new BudgetLedger();
  ledger.open(p(1), undefined, { calls: 1 });
  ledger.open(p(2), p(1), { calls: 5 });
  ledger.reserve(p(2), 0).settle(0);
  expect(codeOf(() => ledger.reserve(p(2), 0))).toBe('quota_exceeded');
  expect(ledger.used(p(2))).toEqual({ calls: 1, tokens: 0 });
});

test('a child that outlives its parent still counts for its grandparent', () => {
  const ledger = new BudgetLedger();
  ledger.open(p(1), undefined, {});
  ledger.open(p(2), p(1), {});
  ledger.open(p(3), p(2), {});
  ledger.close(p(2));
  ledger.reserve(p(3), 5).settle(5);
  expect(ledger.used(p(1))).toEqual({ calls: 1, tokens: 5 });
});

test('no run of reservations and settlements takes a tree over its bound', () => {
  const step = fc.record({ child: fc.integer({ min: 1, max: 4 }), tokens: fc.nat(40), used: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(fc.nat(3)), (steps, settleOrder) => {
      const ledger = new BudgetLedger();
      ledger.open(p(1), undefined, { tokens: 200 });
      for (const child of [2, 3, 4]) ledger.open(p(child), p(child - 1), { tokens: 100 });
      const open: { settle: () => void }[] = [];
      for (const [index, { child, tokens, used }] of steps.entries()) {
        const code = codeOf(() => {
          const reservation = ledger.reserve(p(child), tokens);
          open.push({ settle: () => reservation.settle(Math.min(used, tokens)) });
        });
        expect([undefined, 'quota_exceeded']).toContain(code);
        const next = settleOrder[index % Math.max(1, settleOrder.length)] ?? 0;
        open.splice(next, 1)[0]?.settle();
      }
      for (const { settle } of open) settle();
      expect(ledger.used(p(1))?.tokens).toBeLessThanOrEqual(200);
      for (const child of [2, 3, 4]) expect(ledger.used(p(child))?.tokens).toBeLessThanOrEqual(100);
    }),
  );
});
