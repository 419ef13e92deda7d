import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { tiktokenFolder } from './environments.ts';
import type { Program } from './programs.ts';

const execute = promisify(execFile);

/** What a program saw of one run. */
const seenRun = z.looseObject({ run: z.string(), model: z.string() });
export type SeenRun = z.infer<typeof seenRun>;

/** Nothing of these leaves the machine, and nothing is downloaded. */
const quiet = {
  TIKTOKEN_CACHE_DIR: tiktokenFolder,
  OPENAI_AGENTS_DISABLE_TRACING: '1',
  LANGSMITH_TRACING: 'false',
  MASTRA_TELEMETRY_DISABLED: '1',
  ANONYMIZED_TELEMETRY: 'false',
  DO_NOT_TRACK: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
};

/** Runs a program in a home of its own, with nothing in its environment but what it is given. */
export async function runProgram(
  { command: [file, program] }: Program,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SeenRun[]> {
  const home = await mkdtemp(join(tmpdir(), 'aios-client-'));
  try {
    const env = { PATH: process.env.PATH ?? '', HOME: home, ...quiet, ...environment };
    const { stdout } = await execute(file, [program], { env, cwd: home, signal, maxBuffer: 10_000_000 });
    return z.array(seenRun).parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
