import type { KernelSchedule, KernelStatus } from '@aios/protocol';
import { expect, test } from 'vitest';
import { renderTop } from './render-top.ts';

const plain = { width: 80, paint: (_style: string, text: string) => text };

const kernel: KernelStatus = {
  version: '1',
  state: 'ready',
  startedAt: '2026-11-25T12:00:00.000Z',
  uptimeMs: 65_000,
  home: '/home',
  osPid: 1,
  node: 'v24',
  database: 'sqlite',
  models: [],
  mounts: [],
  processes: { running: 3, succeeded: 9 },
  queues: [],
  residentBytes: 150_000_000,
};

type Queue = KernelSchedule['queues'][number];

const call = { tenant: 'default', user: 'me', class: 'pipeline', priority: 0 } as const;

function queue(name: string, running: number, queued: number): Queue {
  return {
    name,
    policy: 'fair',
    capacity: 4,
    running,
    queued,
    ...(queued > 0 && { oldestWaitMs: 1234 }),
    holders: Array.from({ length: running }, (_, index) => ({
      ...call,
      program: `process ${index}`,
      agent: 'coder',
      waitedMs: 0,
      heldMs: 500,
      outputTokens: 0,
      mustYield: false,
    })),
    waiters: Array.from({ length: Math.min(queued, 100) }, (_, index) => ({
      ...call,
      position: index + 1,
      program: `process ${100 + index}`,
      waitedMs: 1000,
      reason:
        'about 3.0 s left of its program, which is a long reason that does not fit into a line of a terminal',
    })),
    counters: [],
  };
}

const draw = (queues: Queue[], height = 24) => renderTop({ at: '', queues }, kernel, plain, height);

test('shows the kernel, its queues, those that run and those that wait, with the reason', () => {
  const lines = draw([queue('core:slow', 2, 3)]);
  expect(lines[0]).toBe('AIOS up 1 min · 150 MB · 3 processes · 2 calls run · 3 wait');
  expect(lines).toContainEqual(expect.stringMatching(/^core:slow\s+fair\s+█████·····\s+2\/4\s+3\s+1\.23 s/));
  expect(lines).toContainEqual(
    expect.stringMatching(/slow\s+runs\s+pipeline\s+coder 0\s+500 ms\s+got its slot at once/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/slow\s+1\s+pipeline\s+process 100\s+1\.00 s\s+about 3/),
  );
});

test.each([24, 12, 60])(
  'never overflows a terminal of %i lines, and says how many are not shown',
  (height) => {
    const lines = draw([queue('storage', 0, 0), queue('core:slow', 4, 2000)], height);
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    const shown = lines.filter((line) => /^slow/.test(line)).length;
    expect(lines.at(-1)).toBe(`… ${(2004 - shown).toLocaleString('en')} more`);
    expect(lines.join('\n')).toMatch(/runs[\s\S]*slow\s+1 /);
  },
);

test('the busiest queue stands first', () => {
  const lines = draw([queue('storage', 0, 0), queue('memory', 1, 0), queue('core:slow', 1, 5)]);
  expect(lines.slice(3, 6).map((line) => line.split(' ')[0])).toEqual(['core:slow', 'memory', 'storage']);
});

test('an idle kernel says so', () => {
  expect(draw([queue('storage', 0, 0)]).at(-1)).toBe('Nothing runs and nothing waits.');
});

test('a queue whose programs are bounded, or whose memory is full, says so', () => {
  const window = {
    limit: 4,
    programs: 4,
    idle: 1,
    outside: 7,
    cause: 'refusals',
    reason: '3 refusals',
    sinceMs: 100,
  } as const;
  const memory = { spaceTokens: 1000, takenTokens: 1200 };
  const queues = [{ ...queue('core:slow', 4, 7), window, memory }];
  const lines = renderTop({ at: '', queues }, kernel, { ...plain, width: 120 }, 24);
  expect(lines).toContain(
    'core:slow: 4 of 4 programs let in (1 with their tools), 7 wait outside: 3 refusals',
  );
  expect(lines).toContain('core:slow: memory is full, 1,200 of 1,000 tokens');
});
