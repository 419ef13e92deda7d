import type { Readable } from 'node:stream';
import { type ResultFile, readArchive } from './archive.ts';
import type { Sandbox } from './sandbox.ts';
import type { SandboxEnd, SandboxProcess } from './sandbox-process.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

export interface ProgramSpec extends SandboxSpec {
  readonly stdin?: string;
  /** Of standard output and standard error each; the program is ended at more. */
  readonly outputBytes: number;
  /** Folder inside whose files are handed back when the program ended by itself. */
  readonly results?: string;
}

export interface ProgramResult extends SandboxEnd {
  /** Cut at `outputBytes`; bytes that are no UTF-8 are replaced. */
  readonly stdout: string;
  readonly stderr: string;
  readonly files: readonly ResultFile[];
}

/** Runs the program without descriptor 3, on which the archive goes out when it is done. */
const withArchive =
  'mkdir -p "$RESULTS"; "$@" 3>&-; code=$?; tar -cf - --format=ustar -C "$RESULTS" . >&3; exit $code';
/** Headers and padding of an archive, for each file that it may hold. */
const archiveOverheadBytes = 1024;

/** Runs a program in a sandbox to its end. Throws where there is no sandbox, or the files that it left make no sense. */
export async function runProgram(
  sandbox: Sandbox,
  { stdin, outputBytes, results, ...spec }: ProgramSpec,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const { diskBytes, files } = spec.limits;
  const process = await sandbox.start(results === undefined ? spec : archiving(spec, results), signal);
  process.stdin.end(stdin);
  const [stdout, stderr, archive, end] = await Promise.all([
    collect(process, process.stdout, outputBytes),
    collect(process, process.stderr, outputBytes),
    results === undefined
      ? Buffer.alloc(0)
      : collect(process, process.results, diskBytes + files * archiveOverheadBytes),
    process.ended,
  ]);
  return {
    ...end,
    stdout: stdout.toString('utf8'),
    stderr: stderr.toString('utf8'),
    files: end.stopped === undefined && results !== undefined ? readArchive(archive) : [],
  };
}

function archiving(spec: SandboxSpec, results: string): SandboxSpec {
  return {
    ...spec,
    command: ['sh', '-c', withArchive, 'sh', ...spec.command],
    environment: { ...spec.environment, RESULTS: results },
    channels: 1,
  };
}

async function collect(process: SandboxProcess, stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes > maxBytes) process.stop('output');
  });
  await process.ended;
  return Buffer.concat(chunks);
}
