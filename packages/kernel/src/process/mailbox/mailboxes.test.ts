// Mailboxes against both databases: what must hold whoever sends and receives in whatever order.

import { type JsonValue, type Message, permission, pid as pidSchema, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPolicy } from '../../access/index.ts';
import { wallClock } from '../../clock/index.ts';
import { openDatabase } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { MailboxStore } from './mailbox-store.ts';
import { Mailboxes, mailboxCapacity } from './mailboxes.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const policy = createPolicy([[permission.parse('*')]]);
const never = new AbortController().signal;

function callerOf(tenant: string, pid?: number, agent = 'clerk'): Caller {
  const person = { tenant: tenantId.parse(tenant), user: userId.parse('ann'), policy };
  if (pid === undefined) return person;
  return { ...person, process: { pid: pidSchema.parse(pid), agent, durable: false, fence: 1 } };
}

describe.each(drivers)('$name', (driver) => {
  let place: Awaited<ReturnType<typeof driver.create>>;
  let mailboxes: Mailboxes;
  const notified: string[] = [];
  let tenants = 0;
  const newTenant = () => {
    tenants += 1;
    return `tenant-${tenants}`;
  };

  beforeAll(async () => {
    place = await driver.create();
    mailboxes = new Mailboxes({
      store: new MailboxStore(place.database),
      clock: wallClock,
      neighbours: {
        parentOf: (pid) => (pid === 2 ? pidSchema.parse(1) : undefined),
        isAlive: (pid) => pid < 100,
      },
      notify: (topic) => notified.push(topic),
    });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const write: typeof place.database.write = (job) => place.database.write(job);

  function send(
    caller: Caller,
    to: string,
    content: JsonValue,
    more: { isQuestion?: boolean; waitMs?: number } = {},
  ) {
    const input = { to, content, isQuestion: false, waitMs: 0, ...more };
    return mailboxes.send(caller, input, write as never, never);
  }

  /** One look and one take, as a wait does them. */
  async function receive(caller: Caller, filter: object = {}): Promise<Message | undefined> {
    const { process, tenant, user } = caller;
    const waiter = { pid: process?.pid, agent: process?.agent, tenant, user };
    const watched = mailboxes.source({ kind: 'message', ...filter }, waiter);
    const seen = await watched.look();
    if (seen === undefined) return undefined;
    const isTaken = await place.database.write(async (transaction) => await watched.take?.(transaction, 1));
    return isTaken ? (seen as Message) : await receive(caller, filter);
  }

  test('mail is received in order, by pid and by the name of the agent, and each once', async () => {
    const tenant = newTenant();
    const [one, two] = [callerOf(tenant, 1), callerOf(tenant, 2, 'guard')];
    await send(one, '2', 'to the process');
    await send(one, 'guard', 'to whoever is a guard');
    expect(await receive(callerOf(tenant, 3, 'guard'))).toMatchObject({
      content: 'to whoever is a guard',
      from: { pid: 1, agent: 'clerk' },
    });
    expect(await receive(two)).toMatchObject({ content: 'to the process', isQuestion: false });
    expect(await receive(two)).toBeUndefined();
  });

  test('parent and user are addresses; without a parent it is the user', async () => {
    const tenant = newTenant();
    await send(callerOf(tenant, 2), 'parent', 'to my parent');
    expect(await receive(callerOf(tenant, 1))).toMatchObject({ content: 'to my parent' });
    await send(callerOf(tenant, 1), 'parent', 'to the person');
    expect(await receive(callerOf(tenant))).toMatchObject({ content: 'to the person' });
    await expect(send(callerOf(tenant), '100', 'late')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a question is answered once, by who received it, and its reply goes to who asked', async () => {
    const tenant = newTenant();
    const [asker, answerer] = [callerOf(tenant, 1), callerOf(tenant, 2, 'guard')];
    const { id } = await send(asker, 'guard', 'who goes there?', { isQuestion: true });
    const reply = (caller: Caller) =>
      mailboxes.reply(caller, { question: id, content: 'a friend' }, write as never);
    await expect(reply(answerer)).rejects.toMatchObject({ code: 'not_found' });
    expect(await receive(answerer)).toMatchObject({ id, isQuestion: true });
    expect(await receive(answerer)).toBeUndefined();
    await expect(reply(callerOf(tenant, 3, 'thief'))).rejects.toMatchObject({ code: 'not_found' });
    await reply(answerer);
    await expect(reply(answerer)).rejects.toMatchObject({ code: 'not_found' });
    // A reply is for who waits for it, not for the next who takes whatever there is.
    expect(await receive(asker)).toBeUndefined();
    expect(await receive(asker, { replyTo: id })).toMatchObject({ content: 'a friend', replyTo: id });
  });

  test('filters choose by sender and topic', async () => {
    const tenant = newTenant();
    const receiver = callerOf(tenant, 2, 'guard');
    await mailboxes.subscribe(receiver, { topic: 'weather', as: 'process' }, true, write as never);
    await send(callerOf(tenant, 1), '2', 'one');
    await send(callerOf(tenant, 3, 'cook'), '2', 'two');
    await mailboxes.publish(callerOf(tenant, 1), { topic: 'weather', content: 'rain' }, write as never);
    expect(await receive(receiver, { topic: 'weather' })).toMatchObject({
      content: 'rain',
      topic: 'weather',
    });
    expect(await receive(receiver, { from: 'cook' })).toMatchObject({ content: 'two' });
    expect(await receive(receiver, { from: '1' })).toMatchObject({ content: 'one' });
  });

  test('topics reach each subscriber once, until it unsubscribes; other tenants hear nothing', async () => {
    const [tenant, stranger] = [newTenant(), newTenant()];
    const subscribers = [callerOf(tenant, 2, 'guard'), callerOf(tenant, 3, 'cook'), callerOf(stranger, 4)];
    for (const each of [...subscribers, ...subscribers]) {
      await mailboxes.subscribe(each, { topic: 'news', as: 'agent' }, true, write as never);
    }
    const publish = (content: string) =>
      mailboxes.publish(callerOf(tenant, 1), { topic: 'news', content }, write as never);
    expect(await publish('first')).toEqual({ delivered: 2, refused: 0 });
    await mailboxes.subscribe(
      callerOf(tenant, 2, 'guard'),
      { topic: 'news', as: 'agent' },
      false,
      write as never,
    );
    expect(await publish('second')).toEqual({ delivered: 1, refused: 0 });
    expect(await receive(callerOf(tenant, 2, 'guard'))).toMatchObject({ content: 'first' });
    expect(await receive(callerOf(tenant, 2, 'guard'))).toBeUndefined();
    expect(await receive(callerOf(stranger, 4))).toBeUndefined();
  });

  test('mail does not cross tenants, whatever its address', async () => {
    const [tenant, stranger] = [newTenant(), newTenant()];
    const { id } = await send(callerOf(tenant, 1), 'guard', 'secret', { isQuestion: true });
    expect(await receive(callerOf(stranger, 2, 'guard'))).toBeUndefined();
    await receive(callerOf(tenant, 2, 'guard'));
    const reply = mailboxes.reply(
      callerOf(stranger, 2, 'guard'),
      { question: id, content: 'mine' },
      write as never,
    );
    await expect(reply).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a full mailbox refuses, or lets the sender wait until there is room', async () => {
    const tenant = newTenant();
    const sender = callerOf(tenant, 1);
    await send(sender, 'guard', 0);
    await Promise.all(Array.from({ length: mailboxCapacity - 1 }, (_, at) => send(sender, 'guard', at + 1)));
    await expect(send(sender, 'guard', 'too much')).rejects.toMatchObject({
      code: 'rate_limited',
      details: { retryAfterMs: expect.any(Number) },
    });
    await expect(send(sender, 'guard', 'too much', { waitMs: 20 })).rejects.toMatchObject({
      code: 'rate_limited',
    });
    const patient = send(sender, 'guard', 'patient', { waitMs: 10_000 });
    await new Promise(setImmediate);
    expect(await receive(callerOf(tenant, 2, 'guard'))).toMatchObject({ content: 0 });
    await expect(patient).resolves.toMatchObject({ id: expect.any(Number) });
  });

  test('mail of a process that has ended is for others of its name', async () => {
    const tenant = newTenant();
    await send(callerOf(tenant, 1), '7', 'unread');
    await place.database.write((transaction) =>
      new MailboxStore(place.database).handOver(transaction, tenant, 'process 7', 'agent guard'),
    );
    expect(await receive(callerOf(tenant, 8, 'guard'))).toMatchObject({ content: 'unread' });
  });

  test('whoever sends and receives at once: nothing is lost, nothing comes twice, each sender’s order is kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2), { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        async (senders, receivers) => {
          const tenant = newTenant();
          const counts = [0, 0, 0];
          const sent = senders.map((sender) => {
            counts[sender] = (counts[sender] ?? 0) + 1;
            return { sender, number: counts[sender] ?? 0 };
          });
          const received: { sender: number; number: number }[][] = [];
          const take = async (receiver: number) => {
            const mine: { sender: number; number: number }[] = [];
            received.push(mine);
            for (let misses = 0; misses < 3; ) {
              const message = await receive(callerOf(tenant, 10 + receiver, 'guard'));
              if (message === undefined) misses += 1;
              else mine.push(message.content as { sender: number; number: number });
            }
          };
          const sending = (async () => {
            for (const each of sent) await send(callerOf(tenant, 1 + each.sender), 'guard', each);
          })();
          await Promise.all([sending, ...Array.from({ length: receivers }, (_, index) => take(index))]);
          await take(0);
          const all = received.flat();
          const sorted = (list: readonly { sender: number; number: number }[]) =>
            list.map(({ sender, number }) => `${sender}:${number}`).sort();
          expect(sorted(all)).toEqual(sorted(sent));
          for (const mine of received) {
            for (const sender of [0, 1, 2]) {
              const numbers = mine.filter((each) => each.sender === sender).map(({ number }) => number);
              expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
