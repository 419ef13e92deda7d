import type { Passage, ToolOutcome } from './passages.ts';
import { type Ranking, rankSentences } from './ranking.ts';
import { type Sentence, sentencesOf } from './sentences.ts';
import { topicStems } from './words.ts';

const goodCoverage = 0.5;
const maxSummarySentences = 3;
const centralWords = 12;
const summaryWish = /\b(?:summari[sz]e|summary|tl;?dr|shorten|key points|in brief)\b/i;

const howToGetAModel =
  'For a model that reasons, set a provider’s key such as OPENAI_API_KEY (aios env set), or run Ollama.';

/** The answer from what tools found: the sentences that fit best, quoted with their sources. */
export function answerFrom(
  question: string,
  ranking: Ranking,
  passages: readonly Passage[],
  outcomes: readonly ToolOutcome[],
): string {
  const failure = failureNote(outcomes);
  if (summaryWish.test(question) && passages.length > 0) return summary(passages);
  if (ranking.best.length > 0) return [quotes(ranking), failure].filter(Boolean).join('\n\n');
  if (failure !== undefined) return failure;
  if (passages.length === 0) return 'The search found nothing, so there is nothing to answer from.';
  return `What was found does not speak of the question (${passages.length} passages read, none matches).`;
}

/** The answer from the conversation’s own text, where no tool was offered. */
export function answerFromGiven(question: string, given: readonly Passage[]): string {
  if (summaryWish.test(question) && given.length > 0) return summary(given);
  const ranking = rankSentences(question, given);
  if (ranking.best.length > 0 && ranking.coverage >= goodCoverage) return quotes(ranking);
  return (
    'I am the offline provider: I have no neural network and can only quote text that I am given or find with a search ' +
    `tool. Nothing in this conversation answers that. ${howToGetAModel}`
  );
}

/** What a tool said instead of a result. */
export function failureNote(outcomes: readonly ToolOutcome[]): string | undefined {
  const failures = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  return failures.length === 0 ? undefined : `A tool failed: ${failures.join('; ')}`;
}

function quotes({ best, coverage, missing }: Ranking): string {
  const lines = best.map(quote);
  if (coverage < goodCoverage) lines.unshift('Nothing found answers the whole question; this comes nearest:');
  if (missing.length > 0 && coverage < 1) lines.push(`Nothing found mentions: ${missing.join(', ')}.`);
  return lines.join('\n\n');
}

function quote({ text, citation }: Sentence): string {
  return `“${text}” [${citation}]`;
}

/** The sentences with most of the text’s frequent words, in the order in which they stand. */
function summary(given: readonly Passage[]): string {
  const sentences = given.flatMap((passage, rank) => sentencesOf(passage, rank));
  const counts = new Map<string, number>();
  for (const { text } of sentences) {
    for (const key of topicStems(text)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const central = new Set(
    [...counts]
      .sort(([, left], [, right]) => right - left)
      .slice(0, centralWords)
      .map(([key]) => key),
  );
  const weight = ({ text }: Sentence) => new Set(topicStems(text)).intersection(central).size;
  const chosen = new Set(
    sentences.toSorted((left, right) => weight(right) - weight(left)).slice(0, maxSummarySentences),
  );
  return sentences
    .filter((sentence) => chosen.has(sentence))
    .map(quote)
    .join('\n\n');
}
