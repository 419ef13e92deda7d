import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';
import { Bed, type Measured, type Wish } from './bed.ts';
import type { Gateway } from './gateways.ts';
import { installPeers } from './peers.ts';

/** What is measured for every gateway; rounds of all of them take turns. */
const scenarios = {
  c1: { connections: 1 },
  c10: { connections: 10 },
  c64: { connections: 64 },
  c256: { connections: 256 },
  prompt10k: { connections: 1, promptTokens: 10_000 },
  prompt100k: { connections: 1, promptTokens: 100_000 },
  stream1: { connections: 1, stream: true, model: 'mock-paced' },
  tools1: { connections: 1, stream: true, model: 'mock-tools' },
  brief1: { connections: 1, stream: true, model: 'mock-brief' },
  stream64: { connections: 64, stream: true },
} as const;
type Scenario = keyof typeof scenarios;
/** `--quick` keeps to what the goals need. */
const quickScenarios: readonly Scenario[] = ['c1', 'c64', 'stream1', 'brief1'];

const round3 = (value: number) => Math.round(value * 1000) / 1000;
const p50 = (values: readonly number[]) => percentile(values, 0.5);
const p99 = (values: readonly number[]) => percentile(values, 0.99);

async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  if (!quick) await installPeers(progress);
  await using bed = await Bed.start(progress);
  const names = quick ? quickScenarios : (Object.keys(scenarios) as Scenario[]);
  for (const gateway of bed.gateways) await warmUp(bed, gateway, quick);
  const table = new Table();
  const rounds = quick ? 2 : 3;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      for (const gateway of turned(bed.gateways, round)) {
        const wish = { ...scenarios[name], durationMs: quick ? 500 : 4000 };
        table.add(name, gateway, await bed.measure(gateway, wish));
      }
    }
    progress(`round ${round + 1} of ${rounds}`);
  }
  const figures = table.figures(names, bed.gateways);
  const aios = bed.gateways.find(({ name }) => name === 'aios');
  if (aios === undefined) return figures;
  return {
    ...figures,
    ...(await besideSlow(bed, aios, quick)),
    ...(await keyFlood(bed, aios, quick)),
    ...(await memory(bed, aios, quick, progress)),
  };
}

/** As much as the compiler of a gateway in JavaScript needs: some thousand requests of each kind, or as many as it can. */
async function warmUp(bed: Bed, gateway: Gateway, quick: boolean): Promise<void> {
  const durationMs = quick ? 1000 : 6000;
  await bed.measure(gateway, { connections: 64, durationMs });
  await bed.measure(gateway, { connections: 16, durationMs, stream: true });
}

/** Another one begins in each round. */
function turned(gateways: readonly Gateway[], round: number): readonly Gateway[] {
  const start = round % gateways.length;
  return [...gateways.slice(start), ...gateways.slice(0, start)];
}

/** The measurements by scenario and gateway. Ratios are taken within a round, and their median is reported. */
class Table {
  readonly #cells = new Map<string, Measured[]>();

  add(scenario: Scenario, { name }: Gateway, measured: Measured): void {
    const key = `${scenario} ${name}`;
    this.#cells.set(key, [...(this.#cells.get(key) ?? []), measured]);
  }

  figures(names: readonly Scenario[], gateways: readonly Gateway[]): Figures {
    const figures: Record<string, number> = {};
    for (const scenario of names) {
      for (const { name } of gateways) {
        for (const [what, value] of Object.entries(this.#row(scenario, name))) {
          figures[`${scenario}.${name}.${what}`] = value;
        }
      }
    }
    for (const other of ['proxy', 'portkey', 'litellm']) {
      if (!gateways.some(({ name }) => name === other)) continue;
      figures[`c64.aiosOver.${other}`] = this.#ratio('c64', other);
    }
    return figures;
  }

  #row(scenario: Scenario, name: Gateway['name']): Record<string, number> {
    const { stream = false } = scenarios[scenario] as Wish;
    const cells = this.#of(scenario, name);
    const added = (values: (cell: Measured) => number) =>
      round3(median(cells.map((cell, round) => values(cell) - this.#direct(scenario, round, values))));
    const isDirect = name === 'direct';
    const failed = cells.reduce((sum, cell) => sum + cell.failed, 0);
    if (cells.every(({ latencies }) => latencies.length === 0)) return { perSecond: 0, failed };
    return {
      perSecond: Math.round(median(cells.map(({ perSecond }) => perSecond))),
      ...(isDirect
        ? { p50Ms: round3(median(cells.map(({ latencies }) => p50(latencies)))) }
        : {
            addedP50Ms: added(({ latencies }) => p50(latencies)),
            addedP99Ms: added(({ latencies }) => p99(latencies)),
            cpuMsPerRequest: round3(median(cells.map(({ cpuMsPerRequest }) => cpuMsPerRequest))),
          }),
      ...(stream &&
        !isDirect && {
          addedFirstTokenMs: added(({ firstTokens }) => p50(firstTokens)),
          addedPerChunkMs: added(({ deltaMs }) => p50(deltaMs)),
          addedPerChunkP99Ms: added(({ deltaMs }) => p99(deltaMs)),
        }),
      failed,
    };
  }

  #direct(scenario: Scenario, round: number, values: (cell: Measured) => number): number {
    const cell = this.#of(scenario, 'direct')[round];
    return cell === undefined ? Number.NaN : values(cell);
  }

  #ratio(scenario: Scenario, other: string): number {
    const others = this.#of(scenario, other);
    const ratios = this.#of(scenario, 'aios').map(
      ({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? Number.NaN),
    );
    return round3(median(ratios));
  }

  #of(scenario: Scenario, name: string): readonly Measured[] {
    return this.#cells.get(`${scenario} ${name}`) ?? [];
  }
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Fast requests while 64 slow ones are under way: whether one upstream’s slowness holds up another’s answers. */
async function besideSlow(bed: Bed, aios: Gateway, quick: boolean): Promise<Figures> {
  const durationMs = quick ? 1000 : 10_000;
  const alone = await bed.measure(aios, { connections: 4, durationMs });
  const [beside] = await Promise.all([
    bed.measure(aios, { connections: 4, durationMs }),
    bed.measure(aios, { connections: 64, durationMs, model: 'mock-slow' }, 1),
  ]);
  return {
    'slowUpstream.fastAloneP50Ms': round3(p50(alone.latencies)),
    'slowUpstream.fastBesideP50Ms': round3(p50(beside.latencies)),
    'slowUpstream.fastBesideP99Ms': round3(p99(beside.latencies)),
  };
}

/** Good requests while 64 connections send wrong keys as fast as they are refused. */
async function keyFlood(bed: Bed, aios: Gateway, quick: boolean): Promise<Figures> {
  const durationMs = quick ? 1000 : 10_000;
  const headers = { authorization: 'Bearer aios_wrong_0123456789abcdef' };
  const [good, flood] = await Promise.all([
    bed.measure(aios, { connections: 4, durationMs }),
    bed.measure(aios, { connections: 64, durationMs, headers, expectStatus: 401 }, 1),
  ]);
  return {
    'keyFlood.refusedPerSecond': Math.round(flood.perSecond),
    'keyFlood.goodP50Ms': round3(p50(good.latencies)),
    'keyFlood.goodP99Ms': round3(p99(good.latencies)),
    'keyFlood.goodFailed': good.failed,
  };
}

/** Parts of the load for memory, and of them those that warm up and those over which either end is averaged. */
const memoryParts = { all: 20, warmUp: 4, average: 4 };

/**
 * Load for minutes, half of it streamed. What is resident goes up and down with the garbage collector, so it is averaged over
 * the first parts after the warm-up and over the last ones.
 */
async function memory(
  bed: Bed,
  aios: Gateway,
  quick: boolean,
  progress: BenchmarkOptions['progress'],
): Promise<Figures> {
  const { all, warmUp: warmUpParts, average } = memoryParts;
  const minutes = quick ? 0.1 : 10;
  const resident: number[] = [];
  for (let part = 0; part < all; part += 1) {
    const durationMs = (minutes * 60_000) / all;
    await bed.measure(aios, { connections: 64, durationMs, stream: part % 2 === 1 });
    resident.push(aios.child?.residentMb() ?? Number.NaN);
    progress(`memory: ${Math.round(resident.at(-1) ?? 0)} MB`);
  }
  const start = mean(resident.slice(warmUpParts, warmUpParts + average));
  const end = mean(resident.slice(-average));
  return {
    'memory.minutes': minutes,
    'memory.startMb': Math.round(start),
    'memory.endMb': Math.round(end),
    'memory.growth': round3(end / start),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const benchmark: Benchmark = {
  goals: [
    { figure: 'c1.aios.addedP50Ms', atMost: 0.5 },
    { figure: 'c1.aios.addedP99Ms', atMost: 3 },
    { figure: 'c64.aiosOver.proxy', atLeast: 0.7 },
    { figure: 'c64.aiosOver.portkey', atLeast: 4 },
    { figure: 'c64.aiosOver.litellm', atLeast: 10 },
    { figure: 'stream1.aios.addedPerChunkMs', atMost: 0.1 },
    { figure: 'memory.growth', atMost: 1.1 },
  ],
  run,
};
export default benchmark;
