import { syscallNames } from '@aios/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './test-support/index.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer();
});
afterAll(() => aios[Symbol.asyncDispose]());

/** Calls that would reach out of the test or never end. */
const names = syscallNames.filter(
  (name) => !/^(llm|process|storage\.mount|tool\.call|kernel\.refresh)/.test(name),
);
const name = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 20 }));
const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.object().map((value) => JSON.stringify(value)),
);
const header = fc.stringMatching(/^[ -~]{0,40}$/);

test('no body, name or header makes the server fail', async () => {
  await fc.assert(
    fc.asyncProperty(name, body, header, async (call, sent, deadline) => {
      const headers = { 'x-aios-deadline-ms': deadline };
      const response = await aios.post(encodeURIComponent(call), sent, { headers });
      expect(response.status).not.toBe(500);
      await response.text();
    }),
    { numRuns: 150 },
  );
});

const frame = fc.oneof(
  body,
  fc
    .record({
      type: fc.constantFrom('call', 'cancel', 'subscribe', 'unsubscribe'),
      id: fc.nat(5),
      name,
      input: fc.jsonValue(),
    })
    .map((value) => JSON.stringify(value)),
  fc
    .record({ type: fc.constantFrom('call', 'subscribe'), id: fc.jsonValue(), name, filter: fc.jsonValue() })
    .map((value) => JSON.stringify(value)),
);

test('no frame makes the server fail or drop the connection', async () => {
  using socket = await aios.openSocket();
  let marks = 1000;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          frame,
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        { maxLength: 10 },
      ),
      async (frames) => {
        for (const sent of frames) socket.socket.send(sent);
        marks += 1;
        socket.send({ type: 'call', id: marks, name: 'kernel.status', input: {} });
        expect(await socket.next({ id: marks })).toMatchObject({ type: 'result' });
      },
    ),
    { numRuns: 100 },
  );
  const codes = socket.frames.flatMap((frame) => (frame.type === 'error' ? [frame.error.code] : []));
  expect(codes.length).toBeGreaterThan(0);
  expect(codes).not.toContain('internal');
});
