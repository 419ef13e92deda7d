import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createFault } from './fault.ts';

test('without the variable there is no fault', () => {
  expect(createFault(undefined)).toBeUndefined();
  expect(createFault('')).toBeUndefined();
});

test.each([
  'somewhere',
  'after-journal:tool',
  'after-journal:*:0',
  'after-journal:*:1:2',
  'after-journal:*:x',
])('a plan such as %j is refused', (text) =>
  expect(() => createFault(text)).toThrow(/AIOS_FAULT must be BOUNDARY/),
);

test('the program is killed at the boundary, for the call, the target and the time that the plan names', () => {
  const program = `
    import { createFault } from ${JSON.stringify(new URL('./fault.ts', import.meta.url).href)};
    const fault = createFault('after-answer:tool.call=pay:2');
    for (const [boundary, call] of [
      ['after-answer', 'pay'], ['after-journal', 'pay'], ['after-answer', 'ask'], ['after-answer', 'pay'],
      ['after-answer', 'pay'],
    ]) { fault(boundary, { name: 'tool.call', target: call }); console.log(boundary, call); }`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  expect(signal).toBe('SIGKILL');
  expect(stdout.toString().trim().split('\n')).toHaveLength(3);
});
