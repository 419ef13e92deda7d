import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '../../../../docs');

/** What the documentation says that happens with a parameter. */
export type Treatment = 'translated' | 'ignored' | 'refused';

/** The rows of the table under a heading of a document: | `parameter` | treatment | remark |. */
export async function parameterTable(file: string, heading: string): Promise<Map<string, Treatment>> {
  const text = await readFile(join(docs, file), 'utf8');
  const [, section = ''] = text.split(`\n${heading}\n`);
  const [own = ''] = section.split(/\n#+ /);
  const rows = [...own.matchAll(/^\| `([^`]+)` \| (translated|ignored|refused)\b/gm)];
  return new Map(rows.map(([, name = '', treatment]) => [name, treatment as Treatment]));
}
