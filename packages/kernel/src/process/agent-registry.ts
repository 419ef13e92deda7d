import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type AgentManifest, AiosError, type TenantId } from '@aios/protocol';
import { isRemote, remoteAgent, remoteEntry } from './runtime/remote/index.ts';

/** A folder of agents: one folder each, with the agent’s file in it. */
export interface AgentFolder {
  readonly path: string;
  /** Trusted agents may run inside the kernel. */
  readonly trusted: boolean;
}

/** An agent that can be started. */
export interface Agent {
  readonly manifest: AgentManifest;
  /** URL of its file, which changes with the file so that an edited agent is loaded anew. */
  readonly entry: string;
  readonly trusted: boolean;
  /** Whether it runs in a sandbox, whatever runtime is asked for. */
  readonly sandboxed: boolean;
}

/** Loads an agent’s file far enough to know its manifest; where depends on whether it is trusted. */
export type Describe = (entry: string, trusted: boolean) => Promise<AgentManifest>;

/** Whether the agent’s file is in Python. */
export function isPython(entry: string): boolean {
  return new URL(entry).pathname.endsWith('.py');
}

/** The manifest of an agent that a program elsewhere serves. */
export type Served = (tenant: TenantId, name: string) => AgentManifest | undefined;

const fileNames = ['agent.ts', 'agent.js', 'agent.mjs', 'agent.py'];

/** Whether a folder is an agent because this file is in it; another file is one by itself. */
export function isAgentFile(path: string): boolean {
  return fileNames.includes(basename(path));
}

/** Finds agents by name in the agents’ folders, then among those that are served from elsewhere, or by the absolute path of a file or folder. */
export class AgentRegistry {
  readonly #folders: readonly AgentFolder[];
  readonly #describe: Describe;
  readonly #sandboxesUntrusted: () => boolean;
  readonly #served: Served;
  readonly #manifests = new Map<string, Promise<AgentManifest>>();

  constructor(
    folders: readonly AgentFolder[],
    describe: Describe,
    sandboxesUntrusted: () => boolean,
    served: Served,
  ) {
    this.#folders = folders;
    this.#describe = describe;
    this.#sandboxesUntrusted = sandboxesUntrusted;
    this.#served = served;
  }

  /** Throws `not_found` naming the places that were looked in, or `invalid_argument` for a file that is no agent. */
  async find(name: string, tenant: TenantId): Promise<Agent> {
    if (isAbsolute(name)) return await this.#load(await this.#fileAt(name, name), false);
    if (name.split('/').includes('..')) throw this.#notFound(name);
    for (const folder of this.#folders) {
      const file = await findFile(join(folder.path, name));
      if (file !== undefined) return await this.#load(file, folder.trusted);
    }
    const manifest = this.#served(tenant, name);
    if (manifest !== undefined) return remote(manifest, remoteEntry(manifest));
    throw this.#notFound(name);
  }

  /** The agent of a process that was started before, from the file as it is now. */
  async reload(entry: string, trusted: boolean): Promise<Agent> {
    if (isRemote(entry)) return remote(remoteAgent(entry), entry);
    const file = fileURLToPath(entry.replace(/\?.*$/, ''));
    return await this.#load(await this.#fileAt(file, file), trusted);
  }

  async #fileAt(path: string, name: string): Promise<string> {
    const file = await findFile(path);
    if (file === undefined) throw this.#notFound(name);
    return file;
  }

  async #load(file: string, trusted: boolean): Promise<Agent> {
    const { mtimeMs, size } = await stat(file);
    const entry = `${pathToFileURL(file).href}?changed=${mtimeMs}-${size}`;
    const known = this.#manifests.get(entry) ?? this.#describe(entry, trusted);
    this.#manifests.set(entry, known);
    try {
      return { manifest: await known, entry, trusted, sandboxed: !trusted && this.#sandboxesUntrusted() };
    } catch (error) {
      this.#manifests.delete(entry);
      throw error;
    }
  }

  #notFound(name: string): AiosError {
    const places = this.#folders.map(({ path }) => path).join(', ');
    return new AiosError(
      'not_found',
      `There is no agent "${name}". Agents are folders with an agent.ts or agent.py in ${places}; a file elsewhere is named by its absolute path, and no program elsewhere serves an agent of this name now.`,
    );
  }
}

/** It does not run here, so no sandbox here can hold it. */
function remote(manifest: AgentManifest, entry: string): Agent {
  return { manifest, entry, trusted: false, sandboxed: false };
}

/** The agent’s file at a path: the file itself, or the one in the folder. */
async function findFile(path: string): Promise<string | undefined> {
  for (const candidate of [path, ...fileNames.map((name) => join(path, name))]) {
    const found = await stat(candidate).catch(absent);
    if (found?.isFile()) return candidate;
  }
  return undefined;
}

/** Also names that no file can have. */
const noFile: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && noFile.has(code)) return undefined;
  throw error;
}
