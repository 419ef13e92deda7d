import { Writable } from 'node:stream';
import type { KernelEvent } from '@aios/protocol';
import { pid } from '@aios/protocol';
import { expect, test } from 'vitest';
import { Screen } from '../terminal/screen.ts';
import { ProgressView } from './progress-view.ts';

const root = pid.parse(7);
const base = { sequence: 1, at: '2026-01-01T00:00:00.000Z' };

function recordingScreen() {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  return { screen: new Screen(stream), lines: () => written.join('').split('\n').slice(0, -1) };
}

function started(call: string, name: string, target?: string): KernelEvent {
  return { ...base, type: 'syscall-started', call, name, pid: root, ...(target && { target }) };
}

function settled(
  call: string,
  name: string,
  more: Partial<Extract<KernelEvent, { type: 'syscall-settled' }>> = {},
): KernelEvent {
  const event = {
    ...base,
    type: 'syscall-settled',
    call,
    name,
    pid: root,
    status: 'ok',
    durationMs: 12,
    steps: {},
  } as const;
  return { ...event, ...more };
}

test('each call is a line with target, time and tokens; inner calls stand indented below their outer one', () => {
  const { screen, lines } = recordingScreen();
  {
    using view = new ProgressView(screen, root);
    view.show(started('1', 'tool.call', 'storage.search'));
    view.show(started('2', 'storage.search', '/docs'));
    view.show(settled('2', 'storage.search', { target: '/docs', parentCall: '1' }));
    view.show(settled('1', 'tool.call', { target: 'storage.search', durationMs: 15 }));
    const usage = { inputTokens: 1200, outputTokens: 45, source: 'provider' as const };
    view.show(settled('3', 'llm.chat', { durationMs: 1240, usage }));
  }
  const [outer, inner, chat] = lines();
  expect(outer).toMatch(/^ {2}tool\.call +storage\.search +15 ms$/);
  expect(inner).toMatch(/^ {4}storage\.search +\/docs +12 ms$/);
  expect(chat).toMatch(/^ {2}llm\.chat +1\.24 s +1,200 in, 45 out$/);
});

test('a failed call says why; the agent’s own words are shown, the call that carried them is not', () => {
  const { screen, lines } = recordingScreen();
  using view = new ProgressView(screen, root);
  view.show({ ...base, type: 'process-logged', pid: root, agent: 'a', text: '12 files \x1b[31mread' });
  view.show(settled('1', 'process.log'));
  view.show(settled('2', 'storage.read', { status: 'error', code: 'not_found', message: 'There is no /x.' }));
  expect(lines()).toHaveLength(3);
  expect(lines()[0]?.trim()).toBe('12 files read');
  expect(lines()[2]?.trim()).toBe('not_found: There is no /x.');
});

test('no line is wider than the screen; the reason of a failure is shown whole', () => {
  const { screen, lines } = recordingScreen();
  using view = new ProgressView(screen, root);
  view.show(
    settled('1', 'storage.read', {
      target: `/docs/${'long'.repeat(60)}.md`,
      status: 'error',
      message: 'many words '.repeat(30),
    }),
  );
  expect(
    lines()
      .join(' ')
      .match(/many words/g),
  ).toHaveLength(30);
  for (const line of lines()) expect(line.length).toBeLessThanOrEqual(screen.width);
});
