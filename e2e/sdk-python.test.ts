// The Python SDK: its own tests, and that what it says of errors is what the protocol says.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCodeTable } from '@aios/protocol';
import { findPython } from '@aios/testing/python';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, test } from 'vitest';

const python = realComponent('Python', await findPython(), 'Install Python 3.10 or newer.');
const folder = join(import.meta.dirname, '..', 'packages', 'sdk-python');
const env = { ...process.env, PYTHONPATH: join(folder, 'src'), PYTHONDONTWRITEBYTECODE: '1' };

describe.skipIf(python === undefined)('Python SDK', () => {
  test('its tests pass', async () => {
    const { stderr } = await promisify(execFile)(
      python ?? '',
      ['-W', 'error::SyntaxWarning', '-m', 'unittest', 'discover', '-s', 'tests'],
      { cwd: folder, env },
    );
    expect(stderr).toMatch(/Ran 1\d tests[\s\S]*\nOK/);
  });

  test('its error codes are those of the protocol', async () => {
    const program =
      'import json; from aios_sdk import errors; print(json.dumps(errors._STATUS_AND_DISPOSITION))';
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', program], { env });
    const expected = Object.entries(errorCodeTable).map(([code, { status, disposition }]) => [
      code,
      [status, disposition],
    ]);
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(expected));
  });
});
