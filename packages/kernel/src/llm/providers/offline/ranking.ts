import type { Passage } from './passages.ts';
import { type Sentence, sentencesOf } from './sentences.ts';
import { stem, topicStems, topicWords } from './words.ts';

export interface Ranking {
  /** The sentences that fit the question, best first. */
  best: Sentence[];
  /** Share of the question, by weight of its words, that the best sentences speak of: 0 to 1. */
  coverage: number;
  /** Words of the question that no passage has. */
  missing: string[];
  /** Words of the question, rarest first. */
  rarest: string[];
}

const maxQuoted = 4;
/** A sentence is quoted only if it scores at least this share of the best one. */
const minShare = 0.5;
const headingShare = 0.3;
/** Of two sentences that share this part of their words only the better one is quoted. */
const duplicateShare = 0.8;
/** Characters of passages that are looked at; the rest of a huge result is left out, so that no call holds up the others. */
const maxCharacters = 200_000;

interface Read {
  sentence: Sentence;
  stems: ReadonlySet<string>;
}

interface Scored extends Read {
  score: number;
}

/** Ranks the sentences of passages by how well they fit a question. */
export function rankSentences(question: string, passages: readonly Passage[]): Ranking {
  const questionWords = [...new Map(topicWords(question).map((word) => [stem(word), word]))];
  const read = withinLimit(passages).map((passage, rank) => sentencesOf(passage, rank).map(readSentence));
  const weights = weigh(questionWords, read);
  const scored = read
    .flat()
    .map((candidate) => ({ ...candidate, score: score(candidate, weights) }))
    .filter((candidate) => candidate.score > 0)
    .sort((left, right) => right.score - left.score);
  const best = withoutRepeats(scored);
  return { best: best.map(({ sentence }) => sentence), ...coverageOf(best, weights, questionWords) };
}

function readSentence(sentence: Sentence): Read {
  return { sentence, stems: new Set(topicStems(sentence.text)) };
}

interface Weight {
  /** Inverse frequency of the word among the passages; the mean of the others where no passage has it. */
  weight: number;
  isKnown: boolean;
}

function weigh(
  questionWords: readonly (readonly [string, string])[],
  passages: readonly (readonly Read[])[],
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let sum = 0;
  let known = 0;
  for (const [key] of questionWords) {
    const having = passages.filter((read) => read.some(({ stems }) => stems.has(key))).length;
    if (having === 0) continue;
    const weight = Math.log(1 + (passages.length - having + 0.5) / (having + 0.5));
    weights.set(key, { weight, isKnown: true });
    sum += weight;
    known += 1;
  }
  const usual = known === 0 ? 1 : sum / known;
  for (const [key] of questionWords) {
    if (!weights.has(key)) weights.set(key, { weight: usual, isKnown: false });
  }
  return weights;
}

function score({ sentence, stems }: Read, weights: ReadonlyMap<string, Weight>): number {
  let sum = 0;
  let matched = 0;
  for (const [key, { weight }] of weights) {
    if (!stems.has(key)) continue;
    sum += weight;
    matched += 1;
  }
  if (matched === 0) return 0;
  const breadth = 0.5 + (0.5 * matched) / weights.size;
  const brevity = 1 / (1 + Math.max(0, stems.size - 25) / 50);
  const order = 1 + 0.2 / (1 + sentence.rank);
  return (sum + headingShare * weightIn(sentence.heading, weights)) * breadth * brevity * order;
}

function weightIn(heading: string, weights: ReadonlyMap<string, Weight>): number {
  let sum = 0;
  for (const key of new Set(topicStems(heading))) sum += weights.get(key)?.weight ?? 0;
  return sum;
}

function withoutRepeats(scored: readonly Scored[]): Scored[] {
  const floor = (scored[0]?.score ?? 0) * minShare;
  const kept: Scored[] = [];
  for (const candidate of scored) {
    if (candidate.score < floor || kept.length === maxQuoted) break;
    if (!kept.some((other) => overlap(candidate.stems, other.stems) >= duplicateShare)) kept.push(candidate);
  }
  return kept;
}

function overlap(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  return left.intersection(right).size / Math.max(1, Math.min(left.size, right.size));
}

function coverageOf(
  best: readonly Scored[],
  weights: ReadonlyMap<string, Weight>,
  questionWords: readonly (readonly [string, string])[],
): Omit<Ranking, 'best'> {
  const said = new Set(best.flatMap(({ stems, sentence }) => [...stems, ...topicStems(sentence.heading)]));
  let total = 0;
  let covered = 0;
  for (const [key, { weight }] of weights) {
    total += weight;
    if (said.has(key)) covered += weight;
  }
  const weightOf = (key: string) => (weights.get(key)?.isKnown ? (weights.get(key)?.weight ?? 0) : Infinity);
  const byRarity = questionWords.toSorted(
    ([left, leftWord], [right, rightWord]) =>
      compare(weightOf(right), weightOf(left)) || rightWord.length - leftWord.length,
  );
  return {
    coverage: total === 0 ? 0 : covered / total,
    missing: questionWords.filter(([key]) => !weights.get(key)?.isKnown).map(([, word]) => word),
    rarest: byRarity.map(([, word]) => word),
  };
}

function withinLimit(passages: readonly Passage[]): Passage[] {
  let left = maxCharacters;
  const looked: Passage[] = [];
  for (const passage of passages) {
    if (left <= 0) break;
    looked.push({ ...passage, text: passage.text.slice(0, left) });
    left -= passage.text.length;
  }
  return looked;
}

function compare(left: number, right: number): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
