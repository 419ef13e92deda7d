import { type Passage, type Source, supportOf } from './sources.ts';

export interface Findings {
  question: string;
  answer: string;
  documents: string;
  folder: string;
  sources: readonly Source[];
  unverified: readonly string[];
  passages: readonly Passage[];
  model: string;
  provider: string;
  notice?: string | undefined;
  /** When the answer was found. */
  date: string;
}

/** Lines quoted where a source names one line only, in which a sentence may just begin. */
const usualExcerptLines = 3;
const maxExcerptLines = 12;

/** The findings as a Markdown document. */
export function renderReport(findings: Findings): string {
  const { question, answer, documents, sources, unverified, model, provider, notice, date } = findings;
  const parts = [
    `# ${question.replaceAll(/\s+/g, ' ')}`,
    `Answered on ${date} by the model ${model} (${provider}) from the documents in \`${documents}\`.`,
    ...(notice ? [`> ${notice}`] : []),
    answer.trim(),
    '## Sources',
    sources.map((source, index) => renderSource(source, index + 1, findings)).join('\n\n'),
  ];
  if (unverified.length > 0) {
    parts.push(
      '## Not confirmed',
      `The answer also cites what was not found in the documents: ${unverified.join(', ')}.`,
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function renderSource(source: Source, number: number, { passages, folder }: Findings): string {
  const lines = source.endLine ? `${source.startLine}-${source.endLine}` : String(source.startLine);
  const name = `${number}. \`${source.path.slice(folder.length + 1)}\`, line ${lines}`;
  return [name, '', ...excerptOf(source, passages).map((line) => `   > ${line}`.trimEnd())].join('\n');
}

/** The cited lines, as far as they were handed out, to the end of their paragraph or a few lines more. */
function excerptOf(source: Source, passages: readonly Passage[]): string[] {
  const passage = supportOf(source, passages);
  if (!passage) return [];
  const first = Math.max(0, source.startLine - passage.startLine);
  const cited = (source.endLine ?? source.startLine) - source.startLine + 1;
  const all = passage.text.split('\n');
  // A text without its blank lines is shorter than the lines that it stands for.
  const lines = all.slice(first < all.length ? first : 0).slice(0, maxExcerptLines);
  const end = lines.findIndex(
    (line, index) => index >= cited && (line.trim() === '' || index >= usualExcerptLines),
  );
  return end === -1 ? lines : lines.slice(0, end);
}
