import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSecrets, strangeLines, withoutSecret, withSecret } from './secrets-text.ts';

const file = `# keys of providers
export OPENAI_API_KEY="sk-old" # the team’s

MULTI='first
GROQ_API_KEY=not a variable
last'
GROQ_API_KEY = gsk_1
`;

test('a change keeps comments and all other lines', () => {
  expect(withSecret(file, 'GROQ_API_KEY', 'gsk_2')).toBe(
    file.replace('GROQ_API_KEY = gsk_1', 'GROQ_API_KEY=gsk_2'),
  );
  expect(withSecret(file, 'NEW', 'a b')).toBe(`${file}NEW='a b'\n`);
  expect(withoutSecret(file, 'OPENAI_API_KEY')).toBe(file.replace(/export OPENAI.*\n/, ''));
  expect(withSecret('A=1', 'B', '2')).toBe('A=1\nB=2\n');
});

test('a variable that stands twice is left once', () => {
  expect(withSecret('A=1\nB=2\nA=3\n', 'A', '4')).toBe('A=4\nB=2\n');
  expect(withoutSecret('A=1\nB=2\nA=3\n', 'A')).toBe('B=2\n');
});

test('what Node reads in an odd way is not edited', () => {
  // Node takes the next line for the value.
  expect(parseEnv('A= \n\nB=2')).toEqual({ A: 'B=2' });
  expect(() => withSecret('A= \n\nB=2\n', 'B', '3')).toThrow(/alter A|by hand/);
});

test('lines without effect are found by number', () => {
  expect(strangeLines(`${file}sk-pasted-by-accident\n`)).toEqual([8]);
  expect(strangeLines(file)).toEqual([]);
});

test('a value that the syntax cannot hold is refused without being quoted', () => {
  expect(() => withSecret('', 'A', 'secret\nsecond')).toThrow(/^The value has line breaks/);
});

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/);
const value = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text.trim() === text);

test('whatever is set is read back, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), name, value, (before, set, to) => {
      let text = '# comment\n';
      const expected: Record<string, string> = {};
      try {
        for (const [key, item] of [...before, [set, to] as const]) {
          text = withSecret(text, key, item);
          expected[key] = item;
        }
      } catch (error) {
        expect(String(error)).toMatch(/all kinds of quotes/);
        fc.pre(false);
      }
      expect(readSecrets(text)).toEqual(expected);
      const { [set]: _removed, ...rest } = expected;
      expect(readSecrets(withoutSecret(text, set))).toEqual(rest);
    }),
  );
});
