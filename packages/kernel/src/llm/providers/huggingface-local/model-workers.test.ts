import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatRequest } from '@aios/protocol';
import { eventually } from '@aios/testing/eventually';
import { afterAll, expect, test } from 'vitest';
import { createLogger } from '../../../telemetry/index.ts';
import { failure } from '../../llm.fixture.ts';
import { SimulatedClock } from '../../simulated-clock.fixture.ts';
import type { WorkerSpec } from './errors.ts';
import { createHuggingFaceDriver, ModelWorkers } from './index.ts';

// Faults of a worker and when it ends, with a program in place of Python that speaks the worker’s part.

const root = await mkdtemp(join(tmpdir(), 'aios-workers-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const request: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const { signal } = new AbortController();
const usage = { inputTokens: 3, outputTokens: 1 };
/** What the programs of the tests begin with. */
const prologue = `#!${process.execPath}
const say = (event) => console.log(JSON.stringify(event));
const end = (id) => say({ event: 'end', id, finishReason: 'stop', inputTokens: 3, outputTokens: 1 });
const text = (id, text) => say({ event: 'text', id, text });
const jobs = (take) => require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => take(JSON.parse(line))).on('close', () => process.exit(0));
require('node:fs').appendFileSync(__dirname + '/started', process.pid + '\\n');
`;
let count = 0;

interface Scene extends AsyncDisposable {
  readonly spec: WorkerSpec;
  readonly workers: ModelWorkers;
  readonly clock: SimulatedClock;
  readonly driver: ReturnType<typeof createHuggingFaceDriver>;
  /** Process ids of all workers so far. */
  pids(): Promise<number[]>;
}

async function scene(program: string, env: NodeJS.ProcessEnv = {}): Promise<Scene> {
  count += 1;
  const folder = join(root, String(count));
  const snapshot = join(folder, 'models--tests--model', 'snapshots', 'one');
  await mkdir(snapshot, { recursive: true });
  await writeFile(join(snapshot, 'config.json'), '{"architectures":["LlamaForCausalLM"]}');
  await writeFile(join(snapshot, 'model.safetensors'), '');
  // A name without extension is CommonJS.
  const python = join(folder, 'python');
  await writeFile(python, prologue + program);
  await chmod(python, 0o755);
  const clock = new SimulatedClock();
  const workers = new ModelWorkers({ env, logger: createLogger('silent'), clock });
  const spec = { model: 'tests/model', python, hub: folder };
  workers.keep([spec]);
  return {
    spec,
    workers,
    clock,
    driver: createHuggingFaceDriver(spec, workers),
    pids: async () => (await readFile(join(folder, 'started'), 'utf8')).trim().split('\n').map(Number),
    [Symbol.asyncDispose]: async () => workers[Symbol.dispose](),
  };
}

const isRunning = (pid: number | undefined) => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};
const gone = (pid: number | undefined) => eventually(() => expect(isRunning(pid)).toBe(false));

test('one process answers all calls of a model, in turn', async () => {
  await using under = await scene(`jobs(({ id }) => { text(id, 'call ' + id); end(id); })`);
  const replies = await Promise.all([1, 2, 3].map(() => under.driver.chat(request, { signal })));
  expect(replies.map(({ message }) => message.content)).toEqual(['call 1', 'call 2', 'call 3']);
  expect(replies[0]?.usage).toEqual({ ...usage, source: 'provider' });
  expect(await under.pids()).toHaveLength(1);
});

test('a crash fails the calls of the process, and the next call starts another one', async () => {
  await using under = await scene(`
    console.error('CUDA error: out of luck');
    jobs(({ id, messages }) => {
      text(id, 'begun');
      if (messages[0].content === 'crash') process.kill(process.pid, 'SIGKILL');
      else end(id);
    })`);
  const crash = { messages: [{ role: 'user' as const, content: 'crash' }] };
  const whole = await failure(() => under.driver.chat(crash, { signal }));
  expect(whole).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/SIGKILL.*out of luck/),
  });
  expect(whole.details).not.toHaveProperty('begun');
  const streamed = await failure(() => under.driver.chat(crash, { signal, emit: () => undefined }));
  expect(streamed.details).toMatchObject({ begun: true, provider: 'huggingface-local' });
  expect((await under.driver.chat(request, { signal })).message.content).toBe('begun');
  expect(await under.pids()).toHaveLength(3);
});

test.each([
  ['garbage', `console.log('Downloading shards: 100%')`],
  ['an event that nobody knows', `say({ event: 'dance' })`],
  ['an event of no job', `end(99)`],
])('%s on its standard output ends the process', async (_name, program) => {
  await using under = await scene(`jobs(() => { ${program} })`);
  const error = await failure(() => under.driver.chat(request, { signal }));
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/no event/) });
  const [pid] = await under.pids();
  await gone(pid);
});

test('a process that does not notice a cancellation is ended', async () => {
  await using under = await scene(
    `jobs(({ id, kind }) => { if (kind === 'chat') { say({ event: 'started', id }); text(id, 'x'); } })`,
  );
  const controller = new AbortController();
  const call = under.driver.chat(request, { signal: controller.signal, emit: () => controller.abort() });
  expect(await failure(() => call)).toMatchObject({ code: 'cancelled' });
  const [pid] = await under.pids();
  await under.clock.advance(59_000);
  expect(isRunning(pid)).toBe(true);
  await under.clock.advance(2000);
  await gone(pid);
});

test('a cancellation while the model is loaded leaves the process alone, however long that takes', async () => {
  await using under = await scene(
    `jobs(({ id, kind }) => { if (kind === 'cancel') setTimeout(() => { say({ event: 'ready', device: 'cpu' }); say({ event: 'cancelled', id }); }, 50); else if (id > 1) end(id); })`,
  );
  const controller = new AbortController();
  const call = failure(() => under.driver.chat(request, { signal: controller.signal }));
  await eventually(async () => expect(await under.pids()).toHaveLength(1));
  controller.abort();
  expect(await call).toMatchObject({ code: 'cancelled' });
  await under.clock.advance(600_000);
  await under.driver.chat(request, { signal });
  expect(await under.pids()).toHaveLength(1);
});

test.each([
  [
    'torch',
    /lacks torch.*-m pip install torch transformers jinja2.*AIOS_PYTHON/s,
    `say({ event: 'failed', module: 'torch', message: "No module named 'torch'" })`,
  ],
  [
    'weights',
    /cannot be loaded. OSError: no weights/,
    `say({ event: 'failed', message: 'OSError: no weights' })`,
  ],
])('without %s the error says what to do', async (_name, message, program) => {
  await using under = await scene(program);
  const error = await failure(() => under.driver.chat(request, { signal }));
  expect(error).toMatchObject({
    code: 'failed_precondition',
    disposition: 'operator',
    message: expect.stringMatching(message),
  });
});

test('without Python the error says so', async () => {
  await using under = await scene('');
  const driver = createHuggingFaceDriver({ ...under.spec, python: '/nowhere/python3' }, under.workers);
  expect(await failure(() => driver.chat(request, { signal }))).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/"\/nowhere\/python3" cannot be started.*AIOS_PYTHON/),
  });
});

test('a model that is out of the configuration finishes its calls; its process ends after a while', async () => {
  await using under = await scene(`jobs(({ id }) => { text(id, 'x'); setTimeout(() => end(id), 50); })`);
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const call = under.driver.chat(request, { signal, emit: begin });
  await begun;
  under.workers.keep([]);
  await under.clock.advance(60_000);
  expect((await call).finishReason).toBe('stop');
  await under.driver.chat(request, { signal });
  const [pid, ...others] = await under.pids();
  expect(others).toEqual([]);
  await under.clock.advance(11_000);
  await gone(pid);
});

test('the process ends with the kernel, and its calls are told', async () => {
  const under = await scene('jobs(() => undefined)');
  const call = failure(() => under.driver.chat(request, { signal }));
  await eventually(async () => expect(await under.pids()).toHaveLength(1));
  await under[Symbol.asyncDispose]();
  expect(await call).toMatchObject({ code: 'unavailable' });
  const [pid] = await under.pids();
  await gone(pid);
});

test('the process gets what Python needs of the environment, and no secret', async () => {
  const env = {
    PATH: '/usr/bin',
    CUDA_VISIBLE_DEVICES: '1',
    OPENAI_API_KEY: 'sk-secret',
    HF_TOKEN: 'hf_secret',
    DATABASE_URL: 'postgres://secret',
    PYTORCH_KEY: 'secret',
  };
  await using under = await scene(
    `jobs(({ id }) => { text(id, JSON.stringify(process.env)); end(id); })`,
    env,
  );
  const { message } = await under.driver.chat(request, { signal });
  expect(JSON.parse(message.content)).toMatchObject({
    PATH: '/usr/bin',
    CUDA_VISIBLE_DEVICES: '1',
    HF_HUB_OFFLINE: '1',
  });
  expect(message.content).not.toContain('secret');
});
