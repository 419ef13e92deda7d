import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bootInstallation } from '@aios/testing/installation';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const runFile = promisify(execFile);

const config = `llms:
  models:
    - { name: offline, backend: offline }
`;

/** Programs that do nothing, in a sandbox and beside it: what is left is the cost of their start. */
const programs = {
  shell: { code: 'true', outside: ['sh', '-c', 'true'] },
  python: { code: 'pass', outside: ['/usr/bin/python3', '-c', 'pass'] },
  javascript: { code: '0', outside: [process.execPath, '-e', '0'] },
} as const;

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Every kind in turn, round after round, so that what else the machine does falls on all alike. */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  await using installation = await bootInstallation({ config });
  const { session } = installation;
  const call = async (name: string, given: Record<string, string>) => {
    await session.call('tool.call', { name, arguments: given });
  };
  const agent = async (runtime: 'process' | 'sandbox') => {
    const { pid } = await session.call('process.spawn', { agent: 'echo', runtime, input: 1 });
    await session.call('process.wait', { pid });
  };
  const kinds: Record<string, () => Promise<unknown>> = {
    evaluate: () => call('code.evaluate', { code: '1 + 1' }),
    agentProcess: () => agent('process'),
    agentSandbox: () => agent('sandbox'),
  };
  for (const [language, { code, outside }] of Object.entries(programs)) {
    const [command, ...given] = outside;
    kinds[`${language}Outside`] = () => runFile(command, given);
    kinds[`${language}Sandbox`] = () => call('code.run', { language, code });
  }
  const samples = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  const rounds = quick ? 15 : 60;
  for (let round = -1; round < rounds; round += 1) {
    for (const [kind, work] of Object.entries(kinds)) {
      const took = await milliseconds(work);
      // The first round starts what is started once.
      if (round >= 0) samples.get(kind)?.push(took);
    }
    if (round % 5 === 4) progress(`${round + 1} of ${rounds} rounds`);
  }
  const middle = (kind: string) => percentile(samples.get(kind) ?? [], 0.5);
  const rounded = (value: number) => Math.round(value * 10) / 10;
  const figures = Object.keys(kinds).map((kind) => [`${kind}P50Ms`, rounded(middle(kind))] as const);
  return {
    ...Object.fromEntries(figures),
    shellAddedP50Ms: rounded(middle('shellSandbox') - middle('shellOutside')),
    pythonAddedP50Ms: rounded(middle('pythonSandbox') - middle('pythonOutside')),
    javascriptAddedP50Ms: rounded(middle('javascriptSandbox') - middle('javascriptOutside')),
    agentAddedP50Ms: rounded(middle('agentSandbox') - middle('agentProcess')),
  };
}

const benchmark: Benchmark = {
  goals: [
    { figure: 'shellAddedP50Ms', atMost: 50 },
    { figure: 'pythonAddedP50Ms', atMost: 50 },
    { figure: 'javascriptAddedP50Ms', atMost: 50 },
    { figure: 'agentAddedP50Ms', atMost: 100 },
    { figure: 'evaluateP50Ms', atMost: 5 },
  ],
  run,
};
export default benchmark;
