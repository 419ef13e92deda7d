import type { ChatMessage, JsonValue } from '@aios/protocol';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../../benchmark.ts';
import { calibratedError, exactError } from './counting.ts';
import { createFitter, type Fitter } from './fitter.ts';
import { type RecordedHistory, readHistory } from './history.ts';
import { hitShare } from './prefix-hits.ts';

/** Some 200,000 tokens of what people say. */
const historyCharacters = 860_000;
const windows = { small: 32_000, large: 128_000 };

async function run({ quick, data, progress }: BenchmarkOptions): Promise<Figures> {
  if (data === undefined) throw new Error('Give the folder with traces/ and locomo/ as --data DIR.');
  const history = await readHistory(data, historyCharacters);
  const texts = history.messages.map(({ content }) => (typeof content === 'string' ? content : ''));
  const turns = history.turns.slice(0, quick ? history.turns.length / 3 : undefined);
  await using fitter = await createFitter();

  progress(`${history.messages.length} messages, ${turns.length} turns`);
  const counts = await exactError(quick ? texts.slice(0, 300) : texts);
  const calibrated = await calibratedError(
    turns.slice(0, 100).map((turn) => history.messages.slice(0, turn)),
  );
  progress('fits at the end of the history');
  const times = await timeFits(fitter, history, quick ? 30 : 200);
  progress('turns through the simulated engine, appended only');
  const appended = await hitShare(eachTurn(history, turns, async (messages) => messages));
  const ratio = async (windowTokens: number) => {
    progress(`the same in a window of ${windowTokens} tokens`);
    const fitted = eachTurn(history, turns, (messages) => fitter.fit(messages, windowTokens));
    return (await hitShare(fitted)) / appended;
  };
  return {
    ...times,
    appendOnlyHitShare: round(appended, 4),
    smallWindowHitRatio: round(await ratio(windows.small), 4),
    largeWindowHitRatio: round(await ratio(windows.large), 4),
    exactErrorTokens: counts,
    calibratedFirstErrorPercent: round(calibrated.first * 100, 2),
    calibratedP95ErrorPercent: round(calibrated.p95 * 100, 2),
  };
}

async function* eachTurn(
  { messages }: RecordedHistory,
  turns: readonly number[],
  fit: (messages: ChatMessage[]) => Promise<ChatMessage[]>,
): AsyncGenerator<readonly ChatMessage[]> {
  for (const turn of turns) yield await fit(messages.slice(0, turn));
}

/** Times of the last turns of the history, each with messages that were parsed anew, in both windows in turn. */
async function timeFits(fitter: Fitter, { messages, turns }: RecordedHistory, count: number) {
  const last = turns.slice(-count);
  const first = performance.now();
  await fitter.fit(copyOf(messages.slice(0, last[0])), windows.large);
  const firstMs = performance.now() - first;
  const times = { small: [] as number[], large: [] as number[] };
  for (const turn of last) {
    for (const name of ['small', 'large'] as const) {
      const parsed = copyOf(messages.slice(0, turn));
      const startedAt = performance.now();
      await fitter.fit(parsed, windows[name]);
      times[name].push(performance.now() - startedAt);
    }
  }
  return {
    firstCountMs: round(firstMs, 1),
    smallWindowFitP50Ms: round(percentile(times.small, 0.5), 2),
    smallWindowFitP99Ms: round(percentile(times.small, 0.99), 2),
    largeWindowFitP50Ms: round(percentile(times.large, 0.5), 2),
    largeWindowFitP99Ms: round(percentile(times.large, 0.99), 2),
  };
}

/** As they come over a wire: no object and no string is the same as before. */
function copyOf(messages: readonly ChatMessage[]): ChatMessage[] {
  const parsed: JsonValue = JSON.parse(JSON.stringify(messages));
  return parsed as unknown as ChatMessage[];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export const windowBenchmark: Benchmark = {
  goals: [
    { figure: 'smallWindowFitP50Ms', atMost: 5 },
    { figure: 'largeWindowFitP50Ms', atMost: 5 },
    { figure: 'smallWindowHitRatio', atLeast: 0.9 },
    { figure: 'largeWindowHitRatio', atLeast: 0.9 },
    { figure: 'exactErrorTokens', atMost: 0 },
    { figure: 'calibratedP95ErrorPercent', atMost: 5 },
  ],
  run,
};
