import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJson } from './json/read-json.ts';
import { VisibleText } from './tools/visible-text.ts';

test('any JSON object is read back, bare or in a fence with words around it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('__proto__'));
      const expected = JSON.parse(text);
      expect(readJson(text)).toEqual(expected);
      expect(readJson(`Sure!\n\`\`\`json\n${text}\n\`\`\`\nThat is it.`)).toEqual(expected);
    }),
  );
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}[\],:"'a1 `\n]*$/)), (text) => {
      expect(() => readJson(text)).not.toThrow();
    }),
  );
});

test('however a stream is cut, what is shown is the text before the mark', () => {
  const words = fc
    .stringMatching(/^[a-z<][a-z <_>\n]{0,20}[a-z]$/)
    .filter((text) => !text.includes('<tool_call>'));
  fc.assert(
    fc.property(words, fc.boolean(), fc.integer({ min: 1, max: 6 }), (before, hasCall, size) => {
      const text = hasCall ? `${before}\n<tool_call>{"name":"x"}</tool_call> after` : before;
      const visible = new VisibleText();
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      const shown = pieces.map((piece) => visible.add(piece)).join('');
      if (hasCall) expect(shown).toBe(before);
      else expect(before.startsWith(shown)).toBe(true);
    }),
  );
});
