import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPythonProgram } from './python-program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aios-python-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const programOf = (python: string, pythonPath: string | undefined = folder) =>
  createPythonProgram({ python: () => python, pythonPath, maxHeapBytes: () => 1e8, cacheFolder: folder })(
    'file:///agents/some/agent.py',
  );

/** Something that answers as a Python of this version does. */
async function fakePython(name: string, version: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\necho ${version}\necho /real/python\n`, { mode: 0o755 });
  return file;
}

test('the real program behind a command runs the agent, in the agent’s folder', async () => {
  const program = await programOf(await fakePython('new', '3 10'));
  expect(program).toMatchObject({ command: '/real/python', folder: '/agents/some' });
  expect(program.environment).toMatchObject({ PYTHONPATH: folder });
});

test('without Python, or with one that is too old, the error says what to do', async () => {
  const advice = /Python 3\.10 or newer: install it, or name one with AIOS_PYTHON/;
  await expect(programOf('/nowhere/python3')).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(advice),
  });
  await expect(programOf(await fakePython('old', '3 9'))).rejects.toThrow(/is Python 3\.9\. .*AIOS_PYTHON/);
  await expect(programOf(await fakePython('older', '2 7'))).rejects.toThrow(/is Python 2\.7/);
});

test('a Python that is installed later is found without a restart', async () => {
  const file = join(folder, 'later');
  const program = createPythonProgram({
    python: () => file,
    pythonPath: folder,
    maxHeapBytes: () => 1e8,
    cacheFolder: folder,
  });
  await expect(program('file:///a/agent.py')).rejects.toThrow('cannot be started');
  await fakePython('later', '3 12');
  expect((await program('file:///a/agent.py')).command).toBe('/real/python');
});
