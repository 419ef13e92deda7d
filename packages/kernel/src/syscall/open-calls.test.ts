import { expect, test } from 'vitest';
import { OpenCalls } from './open-calls.ts';

test('those that are open are cancelled together, those that are over are left alone', () => {
  const calls = new OpenCalls();
  const [first, second, third] = [calls.open(), calls.open(), calls.open()];
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  first.cancel('late');
  calls.cancelAll('closing');
  expect(first.signal.aborted).toBe(false);
  expect([second, third].map(({ signal }) => signal.reason)).toEqual(['closing', 'closing']);
});

test('settling waits for the last one, whichever that is', async () => {
  const calls = new OpenCalls();
  const [first, second, third] = [calls.open(), calls.open(), calls.open()];
  const order: string[] = [];
  const settled = calls.settled().then(() => order.push('settled'));
  for (const call of [second, first]) call[Symbol.dispose]();
  await new Promise(setImmediate);
  order.push('third ends');
  third[Symbol.dispose]();
  await settled;
  expect(order).toEqual(['third ends', 'settled']);
});

test('settling gives up after the time given, and can be asked again', async () => {
  const calls = new OpenCalls();
  const call = calls.open();
  await calls.settled(1);
  const again = calls.settled(60_000);
  call[Symbol.dispose]();
  await again;
  await calls.settled();
});
