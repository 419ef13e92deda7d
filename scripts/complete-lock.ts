// Adds to package-lock.json the native packages of other platforms that npm leaves out when the registry it asks does not
// hold them (npm/cli#4828). Without them `npm ci` refuses the lock file, and other platforms would go without.
// Run by `npm run lock`, after dependencies have changed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const file = join(import.meta.dirname, '..', 'package-lock.json');

const entrySchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/** Where a package stands by its name, such as `@oxc-parser/binding-linux-x64-musl`. */
function platformOf(name: string) {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }) };
}

/** Where a package that stands at `path` looks for others, nearest first: in itself, beside itself, further up. */
function placesSeenFrom(path: string): string[] {
  const owners = path.split('node_modules/');
  return owners.map((_, up) =>
    `${owners.slice(0, owners.length - up).join('node_modules/')}/node_modules/`.replace(/^\/|(?<=\/)\//, ''),
  );
}

const lock = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
let added = 0;
for (const [path, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const platform = platformOf(name);
    if (!/^\d/.test(version) || Object.keys(platform).length === 0) continue;
    const places = placesSeenFrom(path).map((folder) => `${folder}${name}`);
    if (places.some((place) => lock.packages[place]?.version === version)) continue;
    // Beside the package that wants it, where another version of it cannot be in the way.
    const beside = places[1] ?? `node_modules/${name}`;
    lock.packages[beside] = { version, ...platform, ...(dev && { dev }), optional: true };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => left.localeCompare(right, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`${added} packages of other platforms added to package-lock.json.`);
