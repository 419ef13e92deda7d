import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootKernel, createLogger, type Kernel, type KernelOptions, type Session } from '@aios/kernel';

export interface InstallationOptions {
  /** Content of config.yaml; offline model only when absent. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** PostgreSQL; SQLite when absent. */
  readonly databaseUrl?: string;
  readonly tools?: KernelOptions['tools'];
  /** Folders of further trusted agents. */
  readonly agentFolders?: readonly string[];
}

/** A kernel in a home of its own, with the test agents installed as trusted ones. */
export interface Installation extends AsyncDisposable {
  readonly home: string;
  readonly kernel: Kernel;
  /** The operator’s line to the kernel. */
  readonly session: Session;
  readonly token: string;
  /** Closes the kernel and boots another one on the same home; `meanwhile` is done in between. */
  reboot(meanwhile?: () => Promise<void>): Promise<void>;
}

const pythonPath = join(import.meta.dirname, '..', '..', 'sdk-python', 'src');
const agentsFolder = join(import.meta.dirname, '..', 'agents');

/** Nothing is found on the machine that runs the tests: no keys, no Ollama. */
const offlineConfig = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';

/** Boots an installation; disposing closes the kernel and removes the home. */
export async function bootInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const home = await mkdtemp(join(tmpdir(), 'aios-test-'));
  await writeFile(join(home, 'config.yaml'), options.config ?? offlineConfig);
  const boot = () =>
    bootKernel({
      home,
      env: {
        ...options.env,
        ...(options.databaseUrl !== undefined && { DATABASE_URL: options.databaseUrl }),
      },
      logger: createLogger('silent'),
      tools: options.tools,
      agentFolders: [agentsFolder, ...(options.agentFolders ?? [])].map((path) => ({ path, trusted: true })),
      pythonPath,
      offeredImports: { '@aios/sdk': import.meta.resolve('@aios/sdk'), zod: import.meta.resolve('zod') },
    });
  let kernel = await boot().catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  const token = (await readFile(join(home, 'credentials'), 'utf8')).trim();
  let session = kernel.open(token);
  return {
    home,
    token,
    get kernel() {
      return kernel;
    },
    get session() {
      return session;
    },
    async reboot(meanwhile) {
      await kernel.close();
      await meanwhile?.();
      kernel = await boot();
      session = kernel.open(token);
    },
    async [Symbol.asyncDispose]() {
      await kernel.close({ drainMs: 0 });
      // A write whose caller gave up may still be putting its file in place.
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Installs an agent in the home of an installation, untrusted, from its source text. */
export async function installAgent(home: string, name: string, source: string): Promise<void> {
  const folder = join(home, 'agents', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'agent.ts'), source);
}
