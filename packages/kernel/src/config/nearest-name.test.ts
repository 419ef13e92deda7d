import { expect, test } from 'vitest';
import { nearestNames } from './nearest-name.ts';

test('finds what was meant and nothing far away', () => {
  const names = ['calculator', 'time.now', 'http.get', 'storage.read', 'storage.write'];
  expect(nearestNames('calculater', names)).toEqual(['calculator']);
  expect(nearestNames('HTTP.GET', names)).toEqual(['http.get']);
  expect(nearestNames('storage', names)).toEqual(['storage.read', 'storage.write']);
  expect(nearestNames('xyz', names)).toEqual([]);
  expect(nearestNames('', names)).toEqual([]);
});
