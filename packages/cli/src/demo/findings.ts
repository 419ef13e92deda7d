import { join, relative } from 'node:path';
import type { JsonValue, KernelStatus } from '@aios/protocol';
import { z } from 'zod';

/** What this command needs of the researcher’s output. */
const researcherOutput = z.object({
  answer: z.string(),
  sources: z.array(z.object({ path: z.string(), startLine: z.number(), endLine: z.number().optional() })),
  unverified: z.array(z.string()),
  report: z.string(),
});

export interface Findings {
  answer: string;
  /** `path:line`, with the path as it is on disk. */
  sources: string[];
  unverified: string[];
  /** Path of the report on disk. */
  report: string;
}

/** The researcher’s output with real paths in place of those in the kernel’s tree. */
export function readFindings(output: JsonValue, mounts: KernelStatus['mounts']): Findings {
  const { answer, sources, unverified, report } = researcherOutput.parse(output);
  return {
    answer: shortenCitations(answer, mounts),
    sources: sources.map(({ path, startLine, endLine }) => {
      const lines = endLine === undefined ? `${startLine}` : `${startLine}-${endLine}`;
      return `${realPath(path, mounts)}:${lines}`;
    }),
    unverified,
    report: realPath(report, mounts),
  };
}

/** Where a path of the kernel’s tree is on disk: below the mount that is nearest to it. */
export function realPath(path: string, mounts: KernelStatus['mounts']): string {
  const [nearest] = mounts
    .filter((mount) => isWithin(path, mount.path))
    .sort((left, right) => right.path.length - left.path.length);
  return nearest ? join(nearest.source, path.slice(nearest.path.length)) : path;
}

/** The path as it is shortest to write from the working folder. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length && !fromHere.startsWith('..') ? fromHere : path;
}

/** `[/docs/manual-1a2b3c/a.md:3]` reads `[a.md:3]`; the sources below the answer give the whole paths. */
function shortenCitations(answer: string, mounts: KernelStatus['mounts']): string {
  return mounts.reduce(
    (text, { path }) =>
      path === '/' ? text : text.replaceAll(`[${path}/`, '[').replaceAll(`, ${path}/`, ', '),
    answer,
  );
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
