// Holds what people read to what the system does. Fenced blocks are run where their first line says so:
// ```sh test            a shell script; its commands must succeed, and no call may answer with an error
// ```sh test error=CODE the same, but a call answers with this error
// ```ts test            a program, type-checked and run
// ```ts test file=NAME  a file, type-checked and put into the working folder of the page’s shell scripts
// ```yaml               a configuration, which must be right

import { existsSync, globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { syscallNames, syscalls } from '@aios/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../packages/kernel/src/config/check-config.ts';
import { configSchema } from '../packages/kernel/src/config/schema.ts';
import { providers } from '../packages/kernel/src/llm/providers/table.ts';
import { problemsIn } from './documentation/commands.ts';
import { configKeys } from './documentation/config-keys.ts';
import {
  anchorsOf,
  codeSpansOf,
  commandsIn,
  type Fence,
  fencesOf,
  linksOf,
  markOf,
} from './documentation/markdown.ts';
import { type Page, pages, readPage, root, writtenPages } from './documentation/pages.ts';
import {
  createPlayground,
  createTypeScriptFolder,
  finish,
  type Playground,
} from './documentation/playground.ts';
import { type KernelProcess, startKernel } from './kernel-process.ts';

const exampleTimeoutMs = 60_000;

const isRunnable = (fence: Fence, language: string) =>
  fence.info[0] === language && fence.info.includes('test');
const nameOf = (page: Page, fence: Fence) => `${page.path}:${fence.line}`;
const programName = (page: Page, fence: Fence) => `${nameOf(page, fence).replaceAll(/[/.:]/g, '-')}.ts`;

const typeScript = writtenPages.flatMap((page) =>
  fencesOf(page.markdown)
    .filter((fence) => isRunnable(fence, 'ts'))
    .map((fence) => ({ page, fence })),
);

let folder: string;
beforeAll(async () => {
  folder = await createTypeScriptFolder(
    new Map(typeScript.map(({ page, fence }) => [programName(page, fence), fence.text])),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runExample(playground: Playground, page: Page, fence: Fence): Promise<void> {
  const file = markOf(fence, 'file');
  if (file !== undefined) {
    await playground.write(page.path, file, fence.text);
    return;
  }
  const error = markOf(fence, 'error');
  const expectedErrors = error === undefined ? [] : [error];
  const isShell = fence.info[0] === 'sh';
  const { code, printed } = isShell
    ? await playground.run(page.path, 'bash', ['-euo', 'pipefail', '-c', fence.text])
    : await playground.run(page.path, process.execPath, [join(folder, programName(page, fence))]);
  expect(code, `${nameOf(page, fence)} printed:\n${printed}`).toBe(0);
  const errors = [...printed.matchAll(/"code": ?"(\w+)",\s*"disposition"/g)].map(([, name]) => name);
  expect(errors, `${nameOf(page, fence)} printed:\n${printed}`).toEqual(expectedErrors);
}

const runnable = (page: Page) =>
  fencesOf(page.markdown).filter((fence) => isRunnable(fence, 'sh') || isRunnable(fence, 'ts'));

describe('the examples of the README', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await createPlayground();
  });
  afterAll(async () => {
    await playground.run('README.md', 'npx', ['aios', 'down']);
    await playground[Symbol.asyncDispose]();
  });
  const page = readPage('README.md');
  test.each(runnable(page).map((fence) => ({ fence, line: fence.line })))(
    'line $line',
    ({ fence }) => runExample(playground, page, fence),
    exampleTimeoutMs,
  );
});

describe('the examples of docs/ and CONTRIBUTING', () => {
  let playground: Playground;
  let kernel: KernelProcess | undefined;
  beforeAll(async () => {
    playground = await createPlayground();
    kernel = await startKernel({ home: playground.home });
  });
  afterAll(async () => {
    await kernel?.[Symbol.asyncDispose]();
    await playground[Symbol.asyncDispose]();
  });
  const examples = writtenPages
    .filter(({ path }) => path !== 'README.md')
    .flatMap((page) => runnable(page).map((fence) => ({ page, fence, name: nameOf(page, fence) })));
  test.each(examples)('$name', ({ page, fence }) => runExample(playground, page, fence), exampleTimeoutMs);
});

test(
  'the examples in TypeScript have the right types',
  async () => {
    expect(typeScript.length).toBeGreaterThan(0);
    const { printed } = await finish(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder], {
      cwd: folder,
      env: process.env,
    });
    // Errors in the sources that they import are those of `npm run check`.
    expect(printed.split('\n').filter((line) => !/^(\.\.|\s|$)/.test(line))).toEqual([]);
  },
  exampleTimeoutMs,
);

test('the examples of configurations are right', () => {
  const wrong = writtenPages.flatMap((page) =>
    fencesOf(page.markdown)
      .filter(({ info }) => info[0] === 'yaml')
      .flatMap((fence) => {
        const { problems, warnings } = checkConfig(nameOf(page, fence), fence.text, {});
        return [...problems, ...warnings];
      }),
  );
  expect(wrong).toEqual([]);
});

const configPage = readPage('docs/configuration.md').markdown;
const configSections = Object.keys(configSchema.shape);

test('the documentation names every key of the configuration, and no other', () => {
  const keys = new Set(configKeys);
  const documented = codeSpansOf(configPage).filter(
    (span) => keys.has(span) || configSections.some((section) => span.startsWith(`${section}.`)),
  );
  expect([...new Set(documented)].toSorted()).toEqual([...keys].toSorted());
});

test('the defaults in the documentation are those of the configuration', () => {
  const defaults: unknown = configSchema.parse({});
  const rows = [...configPage.matchAll(/^\| `([\w.]+)` \| `([^`]+)` \|/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, key = '', documented] of rows) {
    const value = key
      .split('.')
      .reduce<unknown>(
        (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : node),
        defaults,
      );
    expect(typeof value === 'string' ? value : JSON.stringify(value), key).toBe(documented);
  }
});

test('the documentation names every environment variable that the programs read, and no other', () => {
  const sources = globSync('packages/{kernel,server,sdk,cli}/src/**/*.ts', { cwd: root })
    .filter((file) => !/\.test\.ts$|fixture|test-support/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'));
  const read = new Set(sources.flatMap((source) => source.match(/\bAIOS_[A-Z]+\b/g) ?? []));
  const documented = new Set(configPage.match(/\bAIOS_[A-Z]+\b/g));
  expect([...documented].toSorted()).toEqual([...read].toSorted());
});

test('the table of providers is that of the kernel', () => {
  const rows = [
    ...readPage('docs/models.md').markdown.matchAll(/^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm),
  ];
  const documented = rows.map(([, name = '', variables = '', model = '']) => ({
    name,
    variables: variables === 'none' ? [] : variables.replaceAll('`', '').split(', '),
    model: ['set by you', 'what the server has'].includes(model) ? undefined : model,
  }));
  const known = [...providers.values()].map(({ name, keyVariables, defaultModel }) => ({
    name,
    variables: keyVariables,
    model: defaultModel,
  }));
  expect(documented).toEqual(known);
});

test('links lead somewhere', () => {
  const broken = pages.flatMap(({ path, markdown }) =>
    linksOf(markdown)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? path : normalize(join(dirname(path), file));
        if (!existsSync(join(root, found))) return true;
        return anchor !== undefined && !anchorsOf(readPage(found).markdown).has(anchor);
      })
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('every command that is mentioned exists, with its options', () => {
  const wrong = writtenPages.flatMap(({ path, markdown }) =>
    commandsIn(markdown).flatMap((line) => problemsIn(line).map((problem) => `${path}: ${problem}: ${line}`)),
  );
  expect(wrong).toEqual([]);
});

test('every system call, permission and setting that is mentioned exists', () => {
  const actions = Object.values(syscalls).map(({ permission }) => permission.action);
  // Asked for where a program offers to run agents, which is no system call.
  const serving = 'process.serve';
  const known = new Set<string>([...syscallNames, ...actions, serving, ...codeSpansOf(configPage)]);
  const families = new Set(syscallNames.map((name) => name.split('.')[0]));
  const unknown = writtenPages.flatMap(({ path, markdown }) =>
    codeSpansOf(markdown)
      .map((span) => span.replace(/:.*$/, ''))
      .filter(
        (span) =>
          /^[a-z]+\.(?!ts$|json$|log$|md$)[a-z_]+$/.test(span) &&
          families.has(span.split('.')[0]) &&
          !known.has(span),
      )
      .map((span) => `${path}: ${span}`),
  );
  expect(unknown).toEqual([]);
});
