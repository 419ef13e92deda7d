// Kept conversations against a model that copies whole arrays: whatever is done in whatever order, both say the same, and a
// sweep removes exactly what nothing leads to.

import type { CheckpointId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createWorld, pidOf, say, type World } from './contexts.fixture.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

interface ModelConversation {
  readonly process: Caller;
  readonly name: string;
  texts: readonly string[];
}

interface ModelCheckpoint {
  readonly id: CheckpointId;
  readonly of: ModelConversation;
  readonly texts: readonly string[];
  readonly label: boolean;
  readonly at: number;
}

class Model {
  conversations: ModelConversation[] = [];
  checkpoints: ModelCheckpoint[] = [];
  readonly ended = new Map<number, number>();

  /** The beginnings that something leads to, each once: as many messages must be stored. */
  storedMessages(): number {
    const beginnings = new Set<string>();
    for (const { texts } of [...this.conversations, ...this.checkpoints]) {
      for (let length = 1; length <= texts.length; length += 1) {
        beginnings.add(JSON.stringify(texts.slice(0, length)));
      }
    }
    return beginnings.size;
  }

  sweep(now: number, { policy }: World): void {
    const isOld = (pid: number, at: number) => {
      const endedAt = this.ended.get(pid);
      const bound = now - policy.ended_ttl_ms;
      return endedAt !== undefined && endedAt <= bound && at <= bound;
    };
    const seen = new Map<number, number>();
    this.checkpoints = [...this.checkpoints].reverse().filter(({ label, at, of }) => {
      if (label) return true;
      const pid = pidOf(of.process);
      const newness = (seen.get(pid) ?? 0) + 1;
      seen.set(pid, newness);
      return newness <= policy.keep_checkpoints && at > now - policy.checkpoint_ttl_ms && !isOld(pid, at);
    });
    this.checkpoints.reverse();
  }
}

const index = fc.nat(50);
const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), index, texts }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), index, label: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restore' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fork' as const), index, process: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forkCheckpoint' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('diff' as const), index, other: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), laterMs: fc.nat(600) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let world: World;
  let runs = 0;
  beforeAll(async () => {
    created = await driver.create();
    world = createWorld(created.database);
    world.policy.keep_checkpoints = 4;
    world.policy.max_stored_bytes = 1_000_000_000;
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  const pick = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % items.length];

  async function apply(model: Model, step: Operation): Promise<void> {
    world.now += 1;
    const conversation = 'index' in step ? pick(model.conversations, step.index) : undefined;
    const checkpoint = 'index' in step ? pick(model.checkpoints, step.index) : undefined;
    switch (step.do) {
      case 'append':
        return conversation && (await append(conversation, step.texts));
      case 'checkpoint':
        return conversation && (await mark(model, conversation, step.label));
      case 'restore':
        return checkpoint && (await restore(model, checkpoint));
      case 'fork':
        return conversation && (await fork(model, conversation, step.process));
      case 'forkCheckpoint':
        return checkpoint && (await forkCheckpoint(model, checkpoint));
      case 'diff':
        return checkpoint && (await diff(checkpoint, pick(model.checkpoints, step.other) ?? checkpoint));
      case 'delete':
        return checkpoint && (await remove(model, checkpoint));
      case 'sweep':
        world.now += step.laterMs;
        await world.contexts.sweep();
        return model.sweep(world.now, world);
    }
  }

  async function append(to: ModelConversation, added: readonly string[]): Promise<void> {
    to.texts = [...to.texts, ...added];
    const input = { conversation: to.name, messages: added.map(say) };
    const { length } = await world.call(to.process, 'context.append', input);
    expect(length).toBe(to.texts.length);
  }

  async function mark(model: Model, of: ModelConversation, label: boolean): Promise<void> {
    const input = { conversation: of.name, ...(label && { label: 'kept' }) };
    const { id } = await world.call(of.process, 'context.checkpoint', input);
    model.checkpoints.push({ id, of, texts: of.texts, label, at: world.now });
  }

  async function restore(model: Model, { id, of, texts: past }: ModelCheckpoint): Promise<void> {
    const present = of.texts;
    const isKnown = model.checkpoints.some(
      (other) => other.of === of && JSON.stringify(other.texts) === JSON.stringify(present),
    );
    const { before } = await world.call(of.process, 'context.restore', { checkpoint: id });
    expect(before !== undefined).toBe(present.length > 0 && !isKnown);
    of.texts = past;
    if (before !== undefined) {
      model.checkpoints.push({ id: before, of, texts: present, label: false, at: world.now });
    }
  }

  async function fork(model: Model, of: ModelConversation, asProcess: boolean): Promise<void> {
    if (of.texts.length === 0) return;
    if (asProcess) {
      const { pid } = await world.call(of.process, 'context.fork', { conversation: of.name, spawn: {} });
      const process = { ...of.process, process: { pid, agent: 'a', durable: false, fence: 1 } };
      model.conversations.push({ process, name: 'main', texts: of.texts });
    } else {
      const name = `fork-${model.conversations.length}`;
      await world.call(of.process, 'context.fork', { conversation: of.name, as: name });
      model.conversations.push({ process: of.process, name, texts: of.texts });
    }
  }

  async function forkCheckpoint(model: Model, { id, of, texts: past }: ModelCheckpoint): Promise<void> {
    const name = `fork-${model.conversations.length}`;
    await world.call(of.process, 'context.fork', { checkpoint: id, as: name });
    model.conversations.push({ process: of.process, name, texts: past });
  }

  async function diff(from: ModelCheckpoint, to: ModelCheckpoint): Promise<void> {
    let common = 0;
    while (common < from.texts.length && from.texts[common] === to.texts[common]) common += 1;
    const who = { ...from.of.process };
    delete who.process;
    expect(await world.call(who, 'context.diff', { from: from.id, to: to.id })).toMatchObject({
      common,
      removed: { messages: from.texts.slice(common).map(say) },
      added: { messages: to.texts.slice(common).map(say) },
    });
  }

  async function remove(model: Model, checkpoint: ModelCheckpoint): Promise<void> {
    await world.call(checkpoint.of.process, 'context.delete', { checkpoint: checkpoint.id });
    model.checkpoints = model.checkpoints.filter((other) => other !== checkpoint);
  }

  async function check(model: Model): Promise<void> {
    for (const { process, name, texts: expected } of model.conversations) {
      expect(await world.texts(process, name)).toEqual(expected);
    }
    for (const { id, of, texts: expected } of model.checkpoints) {
      const { messages } = await world.call(of.process, 'context.read', { checkpoint: id });
      expect(messages).toEqual(expected.map(say));
    }
  }

  async function checkStored(model: Model, user: string): Promise<void> {
    await world.contexts.sweep();
    model.sweep(world.now, world);
    const { reader } = world.database;
    const stored = await reader.selectFrom('context_messages').selectAll().where('user', '=', user).execute();
    expect(stored.length).toBe(model.storedMessages());
    const kept = await reader
      .selectFrom('context_checkpoints')
      .selectAll()
      .where('user', '=', user)
      .orderBy('id')
      .execute();
    expect(kept.map(({ id }) => id)).toEqual(model.checkpoints.map(({ id }) => id));
    const conversations = await reader
      .selectFrom('context_conversations')
      .selectAll()
      .where('user', '=', user)
      .execute();
    const usage = await reader
      .selectFrom('context_usage')
      .select('stored_bytes')
      .where('user', '=', user)
      .executeTakeFirst();
    const bytes = [...stored, ...kept].reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    expect(usage?.stored_bytes ?? 0).toBe(bytes + 200 * conversations.length);
    expect(await reader.selectFrom('context_loose_messages').selectAll().execute()).toEqual([]);
  }

  test('any order of calls gives the answers of the model', async () => {
    const sequences = fc.array(operation, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        runs += 1;
        const user = `user-${runs}`;
        const model = new Model();
        model.conversations.push({ process: await world.spawn({ user }), name: 'main', texts: [] });
        for (const step of steps) await apply(model, step);
        await check(model);
        await checkStored(model, user);
        await check(model);
      }),
      { numRuns: driver.name === 'SQLite' ? 150 : 25 },
    );
  }, 60_000);
});
