import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readArchive } from './archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'aios-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const archiveOf = (path: string) => execFileSync('tar', ['-cf', '-', '--format=ustar', '-C', path, '.']);

/** One header and its content, as ustar says. */
function entry(
  name: string,
  content: string,
  { type = '0', size = content.length.toString(8).padStart(11, '0') } = {},
) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size, 124);
  header.write(type, 156);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

test('what tar packs is read back: deep folders, empty files, long names, names in every script', () => {
  const deep = `${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(90)}`;
  const contents = {
    'a.txt': 'one',
    'sub/b.bin': '\0\x01\x02',
    'sub/empty': '',
    'Größe 数.csv': 'x'.repeat(3000),
    [deep]: 'deep',
  };
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const found = readArchive(archiveOf(folder));
  expect(Object.fromEntries(found.map(({ path, content }) => [path, content.toString('utf8')]))).toEqual(
    contents,
  );
});

test('links are no files', () => {
  const linked = mkdtempSync(join(folder, 'links-'));
  symlinkSync('/etc/shadow', join(linked, 'shadow'));
  writeFileSync(join(linked, 'real'), 'mine');
  expect(readArchive(archiveOf(linked)).map(({ path }) => path)).toEqual(['real']);
});

test.each(['../outside', '/etc/passwd', 'a/../../b', '.', 'line\nbreak', ''])(
  'a file called %j is refused',
  (name) => {
    expect(() => readArchive(entry(name, 'x'))).toThrow(/cannot be taken/);
  },
);

test.each([
  ['more than there is', entry('a', 'x', { size: '77777777777' })],
  ['no number', entry('a', 'x', { size: 'many' })],
  ['half a block', entry('a', 'x').subarray(0, 700)],
])('an archive that lies is refused: %s', (_, archive) => {
  expect(() => readArchive(archive)).toThrow(/cannot be taken/);
});

test('any bytes are read or refused, and no path leads out', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2048 }), fc.string({ maxLength: 99 }), (bytes, name) => {
      for (const archive of [Buffer.from(bytes), Buffer.concat([entry(name, 'x'), Buffer.from(bytes)])]) {
        let files: ReturnType<typeof readArchive> = [];
        try {
          files = readArchive(archive);
        } catch (error) {
          expect(String(error)).toMatch(/cannot be taken/);
        }
        for (const { path } of files) expect(path).not.toMatch(/^\/|(^|\/)\.\.?(\/|$)/);
      }
    }),
  );
});
