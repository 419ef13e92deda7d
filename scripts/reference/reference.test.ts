import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodes, syscallNames } from '@aios/protocol';
import { expect, test } from 'vitest';
import { referenceFolder, referencePages } from './index.ts';

test.each(Object.entries(referencePages))(
  'docs/reference/%s is up to date (npm run docs writes it)',
  async (name, render) => {
    expect(await readFile(join(referenceFolder, name), 'utf8')).toBe(render());
  },
);

test('every call and every error code has its section', () => {
  const calls = referencePages['system-calls.md']?.() ?? '';
  const errors = referencePages['errors.md']?.() ?? '';
  for (const name of syscallNames) expect(calls).toContain(`\n### ${name}\n`);
  for (const code of errorCodes.options) expect(errors).toContain(`\n### ${code}\n`);
});
