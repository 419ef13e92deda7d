import { type KernelEvent, pid, tenantId, userId } from '@aios/protocol';
import { expect, test } from 'vitest';
import { everything } from './access/policy.fixture.ts';
import { Sessions } from './sessions.ts';
import { type Caller, type CallRequest, callSignal, untilAborted } from './syscall/index.ts';
import { EventBus } from './telemetry/index.ts';

const callerOf = (tenant: string) => {
  const caller: Caller = { tenant: tenantId.parse(tenant), user: userId.parse('u'), policy: everything };
  return { caller, identify: () => caller, checkKey: () => undefined, signals: [] };
};

/** Sessions whose calls answer when they are told to, or fail when they are cancelled. */
function createSessions() {
  const events = new EventBus();
  const answer = Promise.withResolvers<string>();
  const run = async (request: CallRequest) => {
    request.identify();
    using ending = callSignal(request);
    return await untilAborted(answer.promise, ending.signal);
  };
  const sessions = new Sessions({ run, events, isWithin: (one, other) => one === other });
  return { sessions, events, answer: () => answer.resolve('done') };
}

test('a caller hears the events of its tenant and of the kernel, and no others', () => {
  const { sessions, events } = createSessions();
  const heard: KernelEvent[] = [];
  using _subscription = sessions.open(callerOf('mine')).subscribe({}, (event) => heard.push(event));
  for (const tenant of ['mine', 'other']) {
    const logged = { type: 'process-logged', pid: pid.parse(1), agent: 'a', text: tenant } as const;
    events.publish(logged, tenantId.parse(tenant));
  }
  events.publish({ type: 'kernel-ready', version: '1' });
  expect(heard.map((event) => event.tenant)).toEqual(['mine', undefined]);
});

test('closing lets calls under way finish and takes no new ones', async () => {
  const { sessions, answer } = createSessions();
  const session = sessions.open(callerOf('t'));
  const underWay = session.request('kernel.status', {});
  const closed = sessions.close(10_000);
  await expect(session.request('kernel.status', {})).rejects.toMatchObject({ code: 'unavailable' });
  answer();
  expect(await underWay).toBe('done');
  await closed;
});

test('a call that takes longer than closing may is cancelled', async () => {
  const { sessions } = createSessions();
  const underWay = sessions.open(callerOf('t')).request('kernel.status', {});
  const failed = expect(underWay).rejects.toMatchObject({ code: 'unavailable' });
  await sessions.close(10);
  await failed;
});
