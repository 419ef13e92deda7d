import { AiosError } from '@aios/protocol';
import { expect, test } from 'vitest';
import { checkOrigin } from './origin.ts';

test('programs, which send no Origin, and the kernel’s own pages come in', () => {
  expect(() => checkOrigin(undefined, 'localhost:8000')).not.toThrow();
  expect(() => checkOrigin('http://localhost:8000', 'localhost:8000')).not.toThrow();
  expect(() => checkOrigin('https://agents.example', 'Agents.example')).not.toThrow();
});

test.each(['https://evil.example', 'http://localhost:3000', 'null', 'file://', '', 'chrome-extension://abc'])(
  'pages of %s are refused',
  (origin) => {
    expect(() => checkOrigin(origin, 'localhost:8000')).toThrow(AiosError);
  },
);
