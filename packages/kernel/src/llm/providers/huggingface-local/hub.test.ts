import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findLocalModel, hubFolder, isHubNamed, listLocalModels } from './hub.ts';

const root = await mkdtemp(join(tmpdir(), 'aios-hub-'));
afterAll(() => rm(root, { recursive: true, force: true }));
let count = 0;

async function hub(
  models: Record<string, { config?: string; files?: string[]; snapshots?: string[]; main?: string }>,
) {
  count += 1;
  const folder = join(root, String(count));
  await mkdir(folder);
  for (const [
    entry,
    { config = '{}', files = ['model.safetensors'], snapshots = ['one'], main },
  ] of Object.entries(models)) {
    for (const [age, snapshot] of snapshots.entries()) {
      const place = join(folder, entry, 'snapshots', snapshot);
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'config.json'), config);
      for (const file of files) await writeFile(join(place, file), '');
      await utimes(place, age, age);
    }
    await mkdir(join(folder, entry, 'refs'), { recursive: true });
    if (main !== undefined) await writeFile(join(folder, entry, 'refs', 'main'), main);
  }
  return folder;
}

test('lists what can be run, with its kind and the size of its window', async () => {
  const causal = JSON.stringify({ architectures: ['Qwen3ForCausalLM'], max_position_embeddings: 40_960 });
  const old = JSON.stringify({ architectures: ['GPT2LMHeadModel'], n_positions: 1024 });
  const folder = await hub({
    'models--Qwen--Qwen3-0.6B': { config: causal },
    'models--gpt2': { config: old, files: ['pytorch_model.bin'] },
    'models--BAAI--bge-small': { config: '{"architectures":["BertModel"],"max_position_embeddings":512}' },
    'models--only--settings': { files: [] },
    'models--broken--settings': { config: '{' },
    'models--nothing--inside': { snapshots: [] },
    'datasets--some--data': {},
  });
  expect(await listLocalModels(folder, 10)).toMatchObject([
    { name: 'BAAI/bge-small', kind: 'encoder', contextTokens: 512 },
    { name: 'Qwen/Qwen3-0.6B', kind: 'causal', contextTokens: 40_960 },
    { name: 'gpt2', kind: 'causal', contextTokens: 1024 },
  ]);
  expect(await listLocalModels(folder, 1)).toHaveLength(1);
});

test('takes the snapshot of main, else the newest', async () => {
  const folder = await hub({
    'models--a--main': { snapshots: ['one', 'two'], main: 'one\n' },
    'models--a--newest': { snapshots: ['one', 'two'] },
  });
  expect(findLocalModel(folder, 'a/main')?.folder).toMatch(/one$/);
  expect(findLocalModel(folder, 'a/newest')?.folder).toMatch(/two$/);
  expect(findLocalModel(folder, 'a/other')).toBeUndefined();
  expect(findLocalModel(folder, '../models--a--main')).toBeUndefined();
});

test('the cache is where the variables of huggingface_hub put it', () => {
  expect(hubFolder({ HF_HOME: '/data/hf', HF_HUB_CACHE: '/other' }, '/of/config')).toBe('/of/config/hub');
  expect(hubFolder({ HF_HOME: '~/hf', HOME: '/home/ada' })).toBe('/home/ada/hf/hub');
  expect(hubFolder({ HF_HUB_CACHE: '/data/hub' })).toBe('/data/hub');
  expect(hubFolder({ HOME: '/home/ada' })).toBe('/home/ada/.cache/huggingface/hub');
  expect(isHubNamed({ HOME: '/home/ada' })).toBe(false);
  expect(isHubNamed({ HF_HOME: '/data' })).toBe(true);
});
