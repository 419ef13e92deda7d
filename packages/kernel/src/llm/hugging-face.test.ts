import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@aios/testing/eventually';
import { bootInstallation } from '@aios/testing/installation';
import { startHuggingFaceCache } from '@aios/testing/transformers';
import { afterAll, expect, test } from 'vitest';
import { config, failure, firstFor, names, noOllama, settings } from './llm.fixture.ts';
import { configuredCores } from './settings/index.ts';

// Hugging Face, hosted and on this machine, as the configuration and the environment say it.

const home = await mkdtemp(join(tmpdir(), 'aios-hf-home-'));
afterAll(() => rm(home, { recursive: true, force: true }));
const configs = {
  'org/here': { architectures: ['LlamaForCausalLM'], max_position_embeddings: 2048 },
  'org/embedder': { architectures: ['BertModel'], max_position_embeddings: 512 },
};
for (const [name, content] of Object.entries(configs)) {
  const folder = join(home, 'hub', `models--${name.replace('/', '--')}`, 'snapshots', 'one');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(content));
  await writeFile(join(folder, 'model.safetensors'), '');
}

function providerOf(backend: string, env: NodeJS.ProcessEnv, entry: object = {}, rest: object = {}) {
  const [core] = configuredCores(config({ models: [{ name: 'org/here', backend, ...entry }] }, rest), env);
  return core?.provider.name;
}

test('with HF_HOME alone `huggingface` means the models there; with a token alone those that Hugging Face hosts', () => {
  expect(providerOf('huggingface', { HF_HOME: home })).toBe('huggingface-local');
  expect(providerOf('huggingface', { HF_HOME: home }, { model: 'org/elsewhere' })).toBe('huggingface-local');
  expect(providerOf('huggingface', { HF_TOKEN: 'hf_x' })).toBe('huggingface');
  expect(providerOf('huggingface', {})).toBe('huggingface');
});

test('with both, a model that lies in the cache runs here and any other is asked there, unless the entry says where', () => {
  const both = { HF_HOME: home, HF_TOKEN: 'hf_x' };
  expect(providerOf('huggingface', both)).toBe('huggingface-local');
  expect(providerOf('huggingface', both, { model: 'org/elsewhere' })).toBe('huggingface');
  expect(providerOf('huggingface', both, { hostname: 'https://router.huggingface.co/v1' })).toBe(
    'huggingface',
  );
  expect(providerOf('hflocal', { HF_TOKEN: 'hf_x', HOME: home })).toBe('huggingface-local');
});

test('cache_dir of the Python AIOS is read as HF_HOME', () => {
  const rest = { api_keys: { huggingface: { auth_token: '', cache_dir: home } } };
  expect(providerOf('huggingface', {}, {}, rest)).toBe('huggingface-local');
});

test('the window and the abilities of a local model come from its config.json', () => {
  const [core] = configuredCores(
    config({ models: [{ name: 'org/here', backend: 'hflocal', eval_device: 'cuda:1' }] }),
    {
      HF_HOME: home,
      AIOS_PYTHON: '/opt/python',
    },
  );
  expect(core).toMatchObject({
    contextTokens: 2048,
    capabilities: ['chat', 'stream', 'embed'],
    local: { python: '/opt/python', device: 'cuda:1' },
    baseUrl: `file://${home}/hub`,
    concurrency: 1,
  });
  expect(() => providerOf('hflocal', {}, { hostname: 'http://localhost:1' })).toThrow(/HF_HOME/);
});

test('llm.models lists what lies under HF_HOME, beside the models that calls go to unasked', async () => {
  using llm = await settings({}, {}, { ...noOllama, HF_HOME: home });
  await eventually(() => expect(names(llm)).toEqual(['offline', 'org/embedder', 'org/here']));
  expect(llm.models().slice(1)).toMatchObject([
    { provider: 'huggingface-local', capabilities: ['embed'], contextTokens: 512, isDiscovered: true },
    {
      provider: 'huggingface-local',
      contextTokens: 2048,
      isDiscovered: true,
      endpoint: `file://${home}/hub`,
    },
  ]);
  expect(firstFor(llm, 'org/here')).toBe('core:org/here');
  expect(firstFor(llm)).toBe('core:offline');
});

test('AIOS_MODEL makes a model of the cache the default', async () => {
  using llm = await settings({}, {}, { ...noOllama, HF_HOME: home, AIOS_MODEL: 'org/here' });
  expect(firstFor(llm)).toBe('core:org/here');
});

test('an image is refused before a process is started', async () => {
  using llm = await settings({ models: [{ name: 'org/here', backend: 'hflocal' }] }, {}, { HF_HOME: home });
  const error = await failure(() => firstFor(llm, 'org/here', 'Hello', true));
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/cannot see images/),
  });
});

const cache = await startHuggingFaceCache([
  {
    name: 'tests/clock',
    kind: 'scripted',
    replies: [{ when: '', pieces: [' tick', ' tock'], endless: true }],
  },
]);
afterAll(() => cache?.[Symbol.asyncDispose]());

test.skipIf(cache === undefined)(
  'through the kernel: streamed and cancelled, renamed while it runs on the same process, ended with the kernel',
  async () => {
    if (cache === undefined) return;
    const entry = (name: string) =>
      JSON.stringify({ llms: { models: [{ name, model: 'tests/clock', backend: 'huggingface' }] } });
    const env = { ...process.env, ...noOllama, HF_HOME: cache.home, AIOS_PYTHON: cache.python };
    const workers = () => processesOf(cache.home);
    {
      await using installation = await bootInstallation({ config: entry('clock'), env });
      const { session } = installation;
      const ask = (model: string, options: object = {}) =>
        session.call(
          'llm.chat',
          { model, maxTokens: 3, messages: [{ role: 'user', content: 'Go' }] },
          options,
        );
      const pieces: unknown[] = [];
      const reply = await ask('clock', { onChunk: (chunk: unknown) => pieces.push(chunk) });
      expect(reply).toMatchObject({
        message: { content: ' tick tock tick' },
        finishReason: 'length',
        provider: 'huggingface-local',
        model: 'clock',
        usage: { outputTokens: 3 },
      });
      expect(pieces).toHaveLength(3);
      const before = await workers();
      expect(before).toHaveLength(1);

      await writeFile(join(installation.home, 'config.yaml'), entry('renamed'));
      await session.call('kernel.refresh', {});
      expect((await ask('renamed')).message.content).toBe(' tick tock tick');
      expect(await workers()).toEqual(before);
    }
    await eventually(async () => expect(await workers()).toEqual([]));
  },
  60_000,
);

const run = promisify(execFile);

/** Process ids of the workers of a cache. */
async function processesOf(cacheHome: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('huggingface-local/worker') && line.includes(cacheHome))
    .map((line) => Number.parseInt(line, 10));
}
