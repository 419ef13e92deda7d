import { expect, test } from 'vitest';
import { readPid, tokenOf } from './credentials.ts';

const from = (headers: Record<string, string>, url = '/v1/models', query: object = {}) =>
  tokenOf({ headers, url, query });

test('the first place that holds a token counts', () => {
  const headers: Record<string, string> = {
    'x-aios-agent-token': 'own',
    'x-api-key': 'anthropic',
    authorization: 'Bearer bearer',
    'x-goog-api-key': 'google',
  };
  for (const [name, token] of [
    ['x-aios-agent-token', 'own'],
    ['x-api-key', 'anthropic'],
    ['authorization', 'bearer'],
    ['x-goog-api-key', 'google'],
  ] as const) {
    expect(from(headers)).toBe(token);
    delete headers[name];
  }
  expect(from(headers)).toBeUndefined();
  expect(from({ 'x-api-key': ' ', authorization: 'Bearer b' })).toBe('b');
});

test('the address carries a token on paths of Google only', () => {
  expect(from({}, '/v1beta/models?key=k', { key: 'k' })).toBe('k');
  expect(from({}, '/v1/models?key=k', { key: 'k' })).toBeUndefined();
});

test('the header of the process is a number of one', () => {
  expect(readPid({ headers: {} })).toBeUndefined();
  expect(readPid({ headers: { 'x-aios-pid': '7' } })).toBe(7);
  for (const text of ['x', '0', '-1', '1.5'])
    expect(() => readPid({ headers: { 'x-aios-pid': text } })).toThrow(/x-aios-pid/);
});
