// What `code.run` and `code.run-online` share: files come in from the semantic storage and go out to it, by the caller’s own
// system calls, so under the caller’s permissions.

import { basename, join } from 'node:path/posix';
import { AiosError, virtualPath } from '@aios/protocol';
import { z } from 'zod';
import type { Config } from '../../../config/index.ts';
import {
  homeInside,
  type ProgramResult,
  runProgram,
  type Sandbox,
  type SandboxFile,
  type SandboxSpec,
} from '../../../sandbox/index.ts';
import type { ToolContext } from '../../tool.ts';
import { languages, programIn } from './languages.ts';

const resultsFolder = `${homeInside}/out`;
const maxCodeCharacters = 500_000;
const maxFiles = 100;

export const codeInput = z.object({
  language: z.enum(languages),
  code: z.string().min(1).max(maxCodeCharacters).describe('The whole program'),
  stdin: z.string().max(maxCodeCharacters).optional().describe('What it reads from standard input'),
  files: z
    .array(virtualPath)
    .max(maxFiles)
    .default([])
    .describe('Paths of files that it needs; each is in its working folder under its own name'),
  save: virtualPath
    .optional()
    .describe(
      'Folder to store what the program leaves in out/ of its working folder; nothing is kept when absent',
    ),
  timeoutMs: z.number().int().positive().optional().describe('At most what the operator allows'),
});
export type CodeInput = z.output<typeof codeInput>;

export interface CodeOptions {
  readonly config: () => Config;
  readonly sandbox: Sandbox;
}

export async function runCode(
  { config, sandbox }: CodeOptions,
  { language, code, stdin, files, save, timeoutMs }: CodeInput,
  context: ToolContext,
  prepare: (spec: SandboxSpec) => SandboxSpec = (spec) => spec,
) {
  const allowed = config().sandbox;
  const program = programIn(language);
  const spec = prepare({
    command: program.command,
    files: [{ path: program.path, content: Buffer.from(code) }, ...(await readFiles(files, context))],
    limits: {
      memoryBytes: allowed.memory_bytes,
      processes: allowed.processes,
      diskBytes: allowed.disk_bytes,
      files: allowed.files,
      cpuMs: allowed.cpu_ms,
      wallMs: Math.min(timeoutMs ?? allowed.time_ms, allowed.time_ms),
      ...program.limits,
    },
  });
  const result = await runProgram(
    sandbox,
    {
      ...spec,
      outputBytes: allowed.output_bytes,
      ...(stdin !== undefined && { stdin }),
      ...(save !== undefined && { results: resultsFolder }),
    },
    context.signal,
  );
  context.signal.throwIfAborted();
  return {
    exitCode: result.exitCode,
    ...(result.stopped && { stopped: stops[result.stopped] }),
    stdout: result.stdout,
    stderr: result.stderr,
    ...(save !== undefined && { files: await storeFiles(save, result, context) }),
    usage: result.usage,
  };
}

const stops: Readonly<Record<NonNullable<ProgramResult['stopped']>, string>> = {
  time: 'It ran longer than it may.',
  cpu: 'It used more processor time than it may.',
  memory: 'It used more memory than it may.',
  files: 'It made more files than it may.',
  output: 'It wrote more than can be taken; stdout and stderr are cut.',
  cancelled: 'It was cancelled.',
};

async function readFiles(paths: readonly string[], { invoke }: ToolContext): Promise<SandboxFile[]> {
  const names = paths.map((path) => basename(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new AiosError('invalid_argument', `files: two of them are called ${JSON.stringify(twice)}.`);
  }
  return await Promise.all(
    paths.map(async (path) => {
      const { content } = await invoke('storage.read', { path, encoding: 'base64' });
      return { path: join(homeInside, basename(path)), content: Buffer.from(content, 'base64') };
    }),
  );
}

async function storeFiles(folder: string, { files }: ProgramResult, { invoke }: ToolContext) {
  const stored = [];
  for (const { path, content } of files) {
    const {
      version,
      sizeBytes,
      path: at,
    } = await invoke('storage.write', {
      path: join(folder, path),
      content: content.toString('base64'),
      encoding: 'base64',
    });
    stored.push({ path: at, version, sizeBytes });
  }
  return stored;
}
