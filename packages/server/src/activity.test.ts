import { expect, test } from 'vitest';
import { Activity } from './activity.ts';

test('closing waits for running calls and then for the lines', async () => {
  const activity = new Activity();
  const order: string[] = [];
  const call = activity.openCall();
  activity.openLine({ close: async (reason) => void order.push(`line closed: ${reason}`) });
  const closed = activity.close(60_000, 'test').then(() => order.push('closed'));
  order.push('call ends');
  call[Symbol.dispose]();
  await closed;
  expect(order).toEqual(['call ends', 'line closed: test', 'closed']);
  expect(call.signal.aborted).toBe(false);
});

test('a call that outlasts the drain is cancelled with the reason', async () => {
  const activity = new Activity();
  const call = activity.openCall();
  call.signal.addEventListener('abort', () => call[Symbol.dispose]());
  await activity.close(1, 'upgrade');
  expect(call.signal.reason).toMatchObject({
    code: 'cancelled',
    message: 'The kernel is going away: upgrade.',
  });
});

test('nothing new is let in while closing', async () => {
  const activity = new Activity();
  await activity.close(0, 'test');
  const refusal = expect.objectContaining({ code: 'unavailable' });
  expect(() => activity.openCall()).toThrow(refusal);
  expect(() => activity.openLine({ close: async () => undefined })).toThrow(refusal);
});
