import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { Outbox, type OutboxSocket } from './outbox.ts';

/** A socket to a reader that reads only when told to. */
class SlowSocket implements OutboxSocket {
  readonly OPEN = 1;
  readyState: 0 | 1 | 2 | 3 = 1;
  isPaused = false;
  readonly read: string[] = [];
  readonly #waiting: { text: string; onSent: () => void }[] = [];

  get bufferedAmount(): number {
    return this.#waiting.reduce((sum, { text }) => sum + text.length, 0);
  }

  send(text: string, onSent: () => void): void {
    this.#waiting.push({ text, onSent });
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  readOne(): boolean {
    const next = this.#waiting.shift();
    if (!next) return false;
    this.read.push(next.text);
    next.onSent();
    return true;
  }
}

const maxBytes = 1000;
let socket: SlowSocket;
let overflows: number;
let outbox: Outbox;
beforeEach(() => {
  socket = new SlowSocket();
  overflows = 0;
  outbox = new Outbox(socket, maxBytes, () => {
    overflows += 1;
    socket.readyState = 2;
  });
});

const chunk = (id: number) => ({ type: 'chunk', id, chunk: 'x'.repeat(100) }) as const;
const result = (id: number, size = 100) => ({ type: 'result', id, output: 'x'.repeat(size) }) as const;

test('results wait for their turn while the client is not listened to, and none is lost', () => {
  for (let id = 0; id < 50; id += 1) outbox.send(result(id));
  expect(socket.isPaused).toBe(true);
  expect(socket.bufferedAmount).toBeLessThan(maxBytes);
  while (socket.readOne());
  expect(socket.isPaused).toBe(false);
  expect(socket.read.map((text) => JSON.parse(text).id)).toEqual([...Array(50).keys()]);
  expect(overflows).toBe(0);
});

test('a reader that leaves too many chunks or events unread is given up, once', () => {
  for (let id = 0; id < 50; id += 1) outbox.send(chunk(id));
  expect(overflows).toBe(1);
  expect(socket.bufferedAmount).toBeLessThan(maxBytes * 1.2);
});

test('a reader that leaves many times as much of results unread is given up', () => {
  for (let id = 0; id < 200; id += 1) outbox.send(result(id));
  expect(overflows).toBe(1);
});

test('one result may be larger than the bound', () => {
  outbox.send(result(1, maxBytes * 5));
  outbox.send(result(2));
  while (socket.readOne());
  expect(socket.read).toHaveLength(2);
});

test('whatever is sent and read in whatever order, what waits stays bounded and results keep their order', () => {
  const step = fc.oneof(fc.constant('read'), fc.constant('result'), fc.constant('chunk'));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slow = new SlowSocket();
      const own = new Outbox(slow, maxBytes, () => {
        slow.readyState = 2;
      });
      steps.forEach((what, id) => {
        if (what === 'read') slow.readOne();
        else own.send(what === 'result' ? result(id) : chunk(id));
        expect(slow.bufferedAmount).toBeLessThan(maxBytes * 1.5);
      });
      if (slow.readyState !== slow.OPEN) return;
      while (slow.readOne());
      const ids = slow.read.map((text) => JSON.parse(text)).filter(({ type }) => type === 'result');
      const sent = steps.flatMap((what, id) => (what === 'result' ? [id] : []));
      expect(ids.map(({ id }) => id)).toEqual(sent);
      expect(slow.isPaused).toBe(false);
    }),
  );
});
