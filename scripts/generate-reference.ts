// Writes the reference documentation that is derived from the system-call table: `npm run docs`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceFolder, referencePages } from './reference/index.ts';

await mkdir(referenceFolder, { recursive: true });
for (const [name, render] of Object.entries(referencePages)) {
  const file = join(referenceFolder, name);
  await writeFile(file, render());
  console.log(`wrote ${file}`);
}
