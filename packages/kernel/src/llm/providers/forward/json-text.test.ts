import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementsAt, memberNamed, membersOf, parsedMember, replaced } from './json-text.ts';

const spaced = fc.constantFrom(undefined, 1, '\t');

test('the members of any object are found where they are', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), spaced, (object, space) => {
      const text = JSON.stringify(object, undefined, space);
      const members = membersOf(text);
      const found = Object.fromEntries(
        (members ?? []).map((member) => [member.name, parsedMember(text, member)]),
      );
      expect(found).toEqual(JSON.parse(text));
      expect(members?.length).toBe(Object.keys(JSON.parse(text)).length);
    }),
  );
});

test('the elements of any array are found where they are', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), spaced, (array, space) => {
      const text = JSON.stringify(array, undefined, space);
      const found = elementsAt(text, 0)?.map(({ start, end }) => JSON.parse(text.slice(start, end)));
      expect(found).toEqual(JSON.parse(text));
    }),
  );
});

test('a value in its place is replaced and all else stays', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
      const text = JSON.stringify({ ...object, wanted: 1 });
      const member = memberNamed(membersOf(text) ?? [], 'wanted');
      expect(member).toBeDefined();
      if (member === undefined) return;
      const { start, end } = member;
      const changed = replaced(text, [{ start, end, text: JSON.stringify(value) }]);
      expect(JSON.parse(changed)).toEqual(JSON.parse(JSON.stringify({ ...object, wanted: value })));
    }),
  );
});

test('a name written with escapes is the same name', () => {
  const text = '{"mod\\u0065l": "a", "model": "b"}';
  expect(membersOf(text)?.map(({ name }) => name)).toEqual(['model', 'model']);
  expect(parsedMember(text, memberNamed(membersOf(text) ?? [], 'model'))).toBe('b');
});

test.each([
  '',
  ' ',
  '[]',
  '"a"',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '{"a" 1}',
  '{a:1}',
  '{"a":"b}',
  '{"a":[1}',
  '{} {}',
])('what is no object is refused: %s', (text) => expect(membersOf(text)).toBeUndefined());
