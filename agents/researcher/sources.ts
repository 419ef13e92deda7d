import type { JsonValue, ToolOutcome } from '@aios/sdk';
import { z } from 'zod';

/** Lines of a file. */
export const source = z.object({
  path: z.string(),
  startLine: z.number().int().positive(),
  endLine: z.number().int().positive().optional().describe('Last line, where it is more than one'),
});
export type Source = z.infer<typeof source>;

/** Lines that storage really handed out, with their text. */
export interface Passage extends Required<Source> {
  text: string;
}

const searchResult = z.object({
  matches: z.array(
    z.object({ path: z.string(), startLine: z.number(), endLine: z.number(), text: z.string() }),
  ),
});
const readResult = z.object({ path: z.string(), content: z.string(), encoding: z.literal('utf8') });
const readArguments = z.object({ startLine: z.number().int().positive().default(1) });

/** The passages below a folder that tool calls brought to light. */
export function passagesOf(outcomes: readonly ToolOutcome[], folder: string): Passage[] {
  const found = outcomes.flatMap(({ call, result }) => {
    if (result === undefined) return [];
    if (call.name === 'storage.search') return searchResult.safeParse(result).data?.matches ?? [];
    if (call.name === 'storage.read') return passageRead(call.arguments, result);
    return [];
  });
  return found.filter((passage) => passage.path.startsWith(`${folder}/`));
}

function passageRead(input: JsonValue, result: JsonValue): Passage[] {
  const read = readResult.safeParse(result);
  const wanted = readArguments.safeParse(input);
  if (!read.success || !wanted.success) return [];
  const { path, content } = read.data;
  const { startLine } = wanted.data;
  const lines = content.replace(/\n$/, '').split('\n').length;
  return [{ path, startLine, endLine: startLine + lines - 1, text: content }];
}

/** What an answer cites: `[guide.md:12]`, `[guide.md:12-20]`, several in one pair of brackets. */
function citationsOf(answer: string): { text: string; source: Source }[] {
  const brackets = [...answer.matchAll(/\[([^[\]\n]+)\]/g)].map(([, inside = '']) => inside);
  return brackets
    .flatMap((inside) => inside.split(/[,;]/))
    .flatMap((part) => {
      const [text, path, start, end] = part.trim().match(/^`?(.+?):L?(\d+)(?:\s*[-–]\s*L?(\d+))?`?$/) ?? [];
      const startLine = Number(start);
      if (!text || !path || !/[./]/.test(path) || !(startLine > 0)) return [];
      const endLine = Math.max(startLine, Number(end ?? start));
      return [{ text, source: { path, startLine, ...(endLine > startLine && { endLine }) } }];
    });
}

/**
 * Checks what an answer cites against what storage handed out. A citation counts when at least a line of it was handed out;
 * the others are returned as they were written.
 */
export function checkCitations(answer: string, passages: readonly Passage[], folder: string) {
  const sources = new Map<string, Source>();
  const unverified = new Set<string>();
  for (const { text, source: cited } of citationsOf(answer)) {
    const path = cited.path.startsWith('/') ? cited.path : `${folder}/${cited.path.replace(/^\.\//, '')}`;
    const real = { ...cited, path };
    if (supportOf(real, passages)) sources.set(`${path}:${real.startLine}-${real.endLine}`, real);
    else unverified.add(text);
  }
  return { sources: [...sources.values()], unverified: [...unverified] };
}

/** The passage that a source stands in. */
export function supportOf(cited: Source, passages: readonly Passage[]): Passage | undefined {
  const endLine = cited.endLine ?? cited.startLine;
  return passages.find(
    (passage) =>
      passage.path === cited.path && passage.startLine <= endLine && cited.startLine <= passage.endLine,
  );
}
