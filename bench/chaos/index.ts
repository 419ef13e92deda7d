import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { startPostgres } from '@aios/testing/postgresql';
import { z } from 'zod';
import {
  type Benchmark,
  type BenchmarkOptions,
  type Figures,
  inTurn,
  type Measurement,
} from '../benchmark.ts';
import { cellSchema, renderMatrix } from './matrix.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'aios.mjs');

const report = z.object({
  agents: z.number(),
  kills: z.number(),
  duplicates: z.number(),
  losses: z.number(),
  unknown: z.number(),
  paidAgain: z.number(),
  recoveryMs: z.number(),
  cells: z.array(cellSchema),
  failures: z.array(z.string()),
});

/** Runs `aios chaos` as a user would. */
async function chaos(args: readonly string[], { quick, progress }: BenchmarkOptions) {
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-chaos-'));
  try {
    const all = ['chaos', '--json', ...(quick ? ['--quick'] : []), ...args];
    const child = spawn(process.execPath, [main, ...all], {
      env: { PATH: process.env.PATH, HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { failures, cells, ...figures } = report.parse(await json(child.stdout));
    progress(renderMatrix(cells));
    for (const failure of failures) progress(failure);
    return { ...figures, failures: failures.length };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function chaosOnPostgres(options: BenchmarkOptions) {
  await using cluster = await startPostgres({ survivesPowerCuts: true });
  if (cluster === undefined)
    throw new Error('This machine has no PostgreSQL. Install the package postgresql.');
  const databases = await Promise.all(
    ['undisturbed', 'disturbed'].map((name) => cluster.createDatabase(name)),
  );
  return await chaos(['--database', ...databases], options);
}

function named(database: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${database} ${name}`, value]));
}

const parts: Readonly<Record<string, Measurement>> = {
  sqlite: async (options) => named('SQLite', await chaos([], options)),
  postgres: async (options) => named('PostgreSQL', await chaosOnPostgres(options)),
};

const nothing = ['duplicates', 'losses', 'paidAgain', 'failures'];

export default {
  goals: ['SQLite', 'PostgreSQL'].flatMap((database) =>
    nothing.map((figure) => ({ figure: `${database} ${figure}`, atMost: 0 })),
  ),
  parts,
  run: inTurn(parts),
} satisfies Benchmark;
