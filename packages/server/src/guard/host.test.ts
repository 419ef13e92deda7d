import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { hostCheck, isLoopback } from './host.ts';

function allows(boundHost: string, header: string | undefined): boolean {
  try {
    hostCheck(boundHost)(header);
    return true;
  } catch {
    return false;
  }
}

test.each(['localhost', 'localhost:8000', 'LOCALHOST', '127.0.0.1:9', '[::1]', '[::1]:8000'])(
  'the loopback name %s is answered to wherever the kernel is bound',
  (header) => {
    for (const host of ['127.0.0.1', '::1', '0.0.0.0', '192.168.1.5'])
      expect(allows(host, header)).toBe(true);
  },
);

test.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example:8000',
  '192.168.1.5',
  '::1',
  '',
  undefined,
])('bound to loopback, %s is refused', (header) => {
  expect(allows('127.0.0.1', header)).toBe(false);
});

test('bound elsewhere, the configured host is answered to and no other', () => {
  expect(allows('192.168.1.5', '192.168.1.5:8000')).toBe(true);
  expect(allows('192.168.1.5', '192.168.1.6:8000')).toBe(false);
  expect(allows('fd00::5', '[fd00::5]:8000')).toBe(true);
  expect(allows('Agents.Example', 'agents.example')).toBe(true);
});

test('bound to all addresses, any address is answered to but no foreign name', () => {
  expect(allows('0.0.0.0', '10.0.0.7:8000')).toBe(true);
  expect(allows('::', '[fd00::7]:8000')).toBe(true);
  expect(allows('0.0.0.0', hostname())).toBe(true);
  expect(allows('0.0.0.0', 'evil.example')).toBe(false);
});

test('only loopback addresses count as loopback', () => {
  expect(['127.0.0.1', '127.8.8.8', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example'].some(isLoopback)).toBe(false);
});
