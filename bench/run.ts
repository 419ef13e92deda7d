// npm run bench -- NAME [--quick] [--part PART] [--json] [--check] [--data DIR]

import { globSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, missedGoals } from './benchmark.ts';

const names = globSync('*/index.ts', { cwd: import.meta.dirname })
  .map((file) => dirname(file))
  .sort();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    data: { type: 'string' },
    part: { type: 'string' },
  },
});

const [name] = positionals;
if (name === undefined || positionals.length > 1 || !names.includes(name)) {
  console.error(
    `Usage: npm run bench -- NAME [--quick] [--part PART] [--json] [--check] [--data DIR]\nNames: ${names.join(', ')}`,
  );
  process.exit(2);
}

const module: { default: Benchmark } = await import(join(import.meta.dirname, name, 'index.ts'));
const { parts = {}, run, goals: allGoals } = module.default;
const measure = values.part === undefined ? run : parts[values.part];
if (measure === undefined) {
  console.error(
    `${name} has no part "${values.part}". Its parts: ${Object.keys(parts).join(', ') || 'none'}`,
  );
  process.exit(2);
}
const figures = await measure({
  quick: values.quick,
  data: values.data,
  progress: (line) => console.error(line),
});
const goals = values.part === undefined ? allGoals : allGoals.filter(({ figure }) => figure in figures);
const missed = missedGoals(goals, figures);
if (values.json) {
  const machine = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model };
  console.log(
    JSON.stringify({
      benchmark: name,
      quick: values.quick,
      machine,
      figures,
      goals,
      missed,
    }),
  );
} else {
  for (const [figure, value] of Object.entries(figures)) {
    const goal = goals.find((candidate) => candidate.figure === figure);
    const bound =
      goal && (goal.atMost === undefined ? `goal: at least ${goal.atLeast}` : `goal: at most ${goal.atMost}`);
    console.log(`${figure.padEnd(32)} ${String(value).padStart(12)}  ${bound ?? ''}`.trimEnd());
  }
  for (const sentence of missed) console.error(`missed: ${sentence}`);
}
if (values.check && missed.length > 0) process.exitCode = 1;
