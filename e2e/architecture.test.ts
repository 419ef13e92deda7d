// Holds the layering of DESIGN.md: arrows between packages and between the kernel's modules only point down.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What each package may import of the others. Tests may also import @aios/testing. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  host: ['protocol'],
  kernel: ['host', 'protocol'],
  server: ['kernel', 'protocol'],
  sdk: ['host', 'protocol'],
  cli: ['sdk', 'server', 'host', 'protocol'],
  testing: ['server', 'kernel', 'sdk', 'protocol'],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** Fixtures are what tests share. */
const isTest = (file: string) => /\.(test|fixture)\.ts$/.test(file);

function importsOf(file: string): Import[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => moduleRequest ?? []),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const text = readFileSync(join(root, file), 'utf8').slice(start, end);
    return /^'[^']+'$/.test(text) ? [text.slice(1, -1)] : [];
  });
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...exported.map(({ value }) => value),
    ...dynamic,
  ];
  return specifiers.map((specifier) => ({ file, specifier }));
}

const sources = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).map((file) =>
  file.split(sep).join('/'),
);
const packageOf = (file: string) => file.split('/')[1] ?? '';

test('packages import only what lies below them', () => {
  const wrong = sources.flatMap(importsOf).filter(({ file, specifier }) => {
    const target = /^@aios\/([^/]+)/.exec(specifier)?.[1];
    if (target === undefined) return false;
    if (isTest(file) || file.includes('/conformance'))
      return ![...(allowed[packageOf(file)] ?? []), 'testing'].includes(target);
    return !allowed[packageOf(file)]?.includes(target);
  });
  expect(wrong).toEqual([]);
});

/** Second entries of packages, beside their index.ts: light parts that load without the rest. */
const entries = new Set(['@aios/host/child', '@aios/kernel/config', '@aios/server/config']);

test('no package reaches into the folders of another', () => {
  const wrong = sources.flatMap(importsOf).filter(({ file, specifier }) => {
    if (specifier.startsWith('@aios/testing/') || entries.has(specifier)) return false;
    if (specifier.startsWith('@aios/')) return specifier.split('/').length > 2;
    if (!specifier.startsWith('.')) return false;
    return !normalize(join(dirname(file), specifier)).startsWith(`packages/${packageOf(file)}/`);
  });
  expect(wrong).toEqual([]);
});

test('protocol depends on zod alone', () => {
  const outside = sources
    .filter((file) => packageOf(file) === 'protocol' && !isTest(file))
    .flatMap(importsOf)
    .filter(({ specifier }) => !specifier.startsWith('.') && specifier !== 'zod');
  expect(outside).toEqual([]);
});

const kernelModule = (file: string) => /^packages\/kernel\/src\/([^/]+)\//.exec(file)?.[1];

/** Imports between the kernel’s modules, types included. */
const kernelArrows = sources
  .filter((file) => kernelModule(file) !== undefined && !isTest(file))
  .flatMap(importsOf)
  .filter(({ specifier }) => specifier.startsWith('.'))
  .map(({ file, specifier }) => ({ file, target: normalize(join(dirname(file), specifier)) }))
  .filter(({ file, target }) => kernelModule(target) !== kernelModule(file));

test('inside the kernel a module is entered through its index.ts', () => {
  expect(
    kernelArrows.filter(({ target }) => kernelModule(target) !== undefined && !target.endsWith('/index.ts')),
  ).toEqual([]);
});

test('what boots the kernel enters its modules through an index.ts too', () => {
  const wrong = sources
    .filter((file) => /^packages\/kernel\/src\/[^/]+$/.test(file) && !isTest(file))
    .flatMap(importsOf)
    .filter(({ specifier }) => /^\.\/[^/]+\//.test(specifier) && !specifier.endsWith('/index.ts'));
  expect(wrong).toEqual([]);
});

test('no module of the kernel imports the boot above it, and syscall/ imports no module', () => {
  const upward = kernelArrows.filter(
    ({ target }) => kernelModule(target) === undefined && !target.endsWith('/version.ts'),
  );
  expect(upward).toEqual([]);
  expect(kernelArrows.filter(({ file }) => kernelModule(file) === 'syscall')).toEqual([]);
});

test('no modules of the kernel form a circle', () => {
  const below = new Map<string, Set<string>>();
  for (const { file, target } of kernelArrows) {
    const [from, to] = [kernelModule(file), kernelModule(target)];
    if (from === undefined || to === undefined) continue;
    below.set(from, (below.get(from) ?? new Set()).add(to));
  }
  const visit = (module: string, path: readonly string[]): string[] => {
    if (path.includes(module)) return [[...path.slice(path.indexOf(module)), module].join(' → ')];
    return [...(below.get(module) ?? [])].flatMap((next) => visit(next, [...path, module]));
  };
  expect([...below.keys()].flatMap((module) => visit(module, []))).toEqual([]);
});

test('files stay small: nothing over 600 lines', () => {
  const large = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 600);
  expect(large).toEqual([]);
});
