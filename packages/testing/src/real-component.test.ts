import { afterEach, expect, test, vi } from 'vitest';
import { realComponent } from './real-component.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('what was found is given back', () => {
  expect(realComponent('thing', 'found', 'Install it.')).toBe('found');
});

test('what is missing is said once, with the way to get it', () => {
  vi.stubEnv('AIOS_REAL', '');
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(realComponent('thing', undefined, 'Install it.')).toBeUndefined();
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/skipped.*thing.*Install it\./)]]);
});

test('with AIOS_REAL=required what is missing fails', () => {
  vi.stubEnv('AIOS_REAL', 'required');
  expect(() => realComponent('thing', undefined, 'Install it.')).toThrow('Install it.');
});
