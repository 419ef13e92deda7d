import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';

// The cache of huggingface_hub: models--ORGANISATION--NAME, in it refs/REVISION with the name of a snapshot, and snapshots/
// with a folder of files for each (huggingface.co/docs/huggingface_hub/guides/manage-cache).

/** A model in the cache. */
export interface LocalModel {
  /** Such as Qwen/Qwen3-0.6B. */
  readonly name: string;
  /** Folder with its weights and its tokenizer. */
  readonly folder: string;
  /** A causal model continues texts, an encoder only makes embeddings. */
  readonly kind: 'causal' | 'encoder';
  readonly contextTokens?: number;
}

const repository = /^models--(.+)$/;
const weights = /\.(safetensors|bin)$/;
const count = z.number().int().positive().optional().catch(undefined);

const sizes = z.object({
  max_position_embeddings: count,
  n_positions: count,
  max_sequence_length: count,
  seq_length: count,
});
const modelConfig = sizes.extend({
  architectures: z.array(z.string()).default([]).catch([]),
  text_config: sizes.optional().catch(undefined),
});

/** The folder that these variables put the cache into, as huggingface_hub does; `~/.cache/huggingface/hub` without any. */
export function hubFolder(env: NodeJS.ProcessEnv, cacheDir?: string): string {
  const home = env.HOME?.trim() || homedir();
  const resolve = (path: string) => path.replace(/^~(?=$|[/\\])/, home);
  const root = cacheDir?.trim() || env.HF_HOME?.trim();
  if (root) return join(resolve(root), 'hub');
  if (env.HF_HUB_CACHE?.trim()) return resolve(env.HF_HUB_CACHE.trim());
  return join(resolve(env.XDG_CACHE_HOME?.trim() || '~/.cache'), 'huggingface', 'hub');
}

/** Whether a person said where the cache is, so that its models are meant to be used. */
export function isHubNamed(env: NodeJS.ProcessEnv, cacheDir?: string): boolean {
  return [cacheDir, env.HF_HOME, env.HF_HUB_CACHE].some((value) => value?.trim());
}

/** A model of the cache that can be run; undefined where it is not there, or not wholly. */
export function findLocalModel(hub: string, name: string): LocalModel | undefined {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(name)) return undefined;
  return readModel(name, join(hub, `models--${name.replace('/', '--')}`));
}

/** The folder with the tokenizer of a model, as `tokenizer.json`; undefined where the cache has none, whatever else it has. */
export function findTokenizer(hub: string, name: string): string | undefined {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(name)) return undefined;
  const root = join(hub, `models--${name.replace('/', '--')}`);
  const folder = existsSync(join(root, 'snapshots')) ? snapshotOf(root) : undefined;
  return folder !== undefined && existsSync(join(folder, 'tokenizer.json')) ? folder : undefined;
}

/** The models of the cache that can be run, at most so many. */
export async function listLocalModels(hub: string, most: number): Promise<LocalModel[]> {
  const found: LocalModel[] = [];
  for (const entry of (await readdir(hub)).sort()) {
    const name = repository.exec(entry)?.[1]?.replace('--', '/');
    if (name === undefined || found.length >= most) continue;
    const model = readModel(name, join(hub, entry));
    if (model !== undefined) found.push(model);
    await nextTurn();
  }
  return found;
}

function readModel(name: string, root: string): LocalModel | undefined {
  if (!existsSync(join(root, 'snapshots'))) return undefined;
  const folder = snapshotOf(root);
  if (folder === undefined || !readdirSync(folder).some((file) => weights.test(file))) return undefined;
  const config = readConfig(join(folder, 'config.json'));
  if (config === undefined) return undefined;
  const contextTokens = windowOf(config) ?? (config.text_config && windowOf(config.text_config));
  return {
    name,
    folder,
    kind: kindOf(config.architectures),
    ...(contextTokens !== undefined && { contextTokens }),
  };
}

/** The snapshot of the branch `main`, else the newest. */
function snapshotOf(root: string): string | undefined {
  const main = readText(join(root, 'refs', 'main'))?.trim();
  const snapshots = join(root, 'snapshots');
  if (main && existsSync(join(snapshots, main))) return join(snapshots, main);
  const folders = readdirSync(snapshots).map((entry) => join(snapshots, entry));
  const [newest] = folders.sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  return newest;
}

function readConfig(path: string): z.infer<typeof modelConfig> | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return modelConfig.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function kindOf(architectures: readonly string[]): LocalModel['kind'] {
  return architectures.some((name) => /(ForCausalLM|LMHeadModel)$/.test(name)) ? 'causal' : 'encoder';
}

function windowOf({
  max_position_embeddings,
  n_positions,
  max_sequence_length,
  seq_length,
}: z.infer<typeof sizes>) {
  return max_position_embeddings ?? n_positions ?? max_sequence_length ?? seq_length;
}
