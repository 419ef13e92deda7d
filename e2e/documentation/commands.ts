import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { createProgram } from '../../packages/cli/src/program/index.ts';
import { root } from './pages.ts';

const packageDescription = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = packageDescription.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const benchmarks = globSync('*/index.ts', { cwd: join(root, 'bench') }).map(dirname);
const program = createProgram(() => undefined);

/** What is wrong with the `aios` and `npm` commands in a line of shell; nothing for other programs. */
export function problemsIn(line: string): string[] {
  const withoutStrings = line.replaceAll(/"(?:\\.|[^"\\])*"|'[^']*'/g, 'TEXT').replace(/\s#.*$/, '');
  return withoutStrings.split(/[|;&(]/).flatMap((part) => {
    const [name, ...words] = part.trim().replace(/^npx /, '').split(/\s+/);
    const problem = name === 'aios' ? wrongCommand(words) : name === 'npm' ? wrongScript(words) : undefined;
    return problem === undefined ? [] : [problem];
  });
}

function wrongCommand(words: readonly string[]): string | undefined {
  const [first = '', second = ''] = words;
  if (!/^[a-z]/.test(first)) return undefined;
  const found = program.commands.find((command) => command.name() === first);
  if (found === undefined) return `there is no command "aios ${first}"`;
  const command = found.commands.find((inner) => inner.name() === second) ?? found;
  const known = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])];
  const unknown = words.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word));
  return unknown.length === 0 ? undefined : `"aios ${first}" has no ${unknown.join(', ')}`;
}

function wrongScript([verb, ...words]: readonly string[]): string | undefined {
  if (verb === 'start') return wrongCommand(['demo', ...words.slice(1)]);
  const [script = ''] = words;
  if (verb !== 'run') return undefined;
  if (scripts[script] === undefined) return `there is no script "${script}"`;
  const benchmark = script === 'bench' ? words[2] : undefined;
  const isKnown = benchmark === undefined || benchmark === 'NAME' || benchmarks.includes(benchmark);
  return isKnown ? undefined : `there is no benchmark "${benchmark}"`;
}
