import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Programs of others that are measured too, in a folder of their own: they bring hundreds of packages. */
export interface Peers {
  readonly portkey: Peer;
  readonly litellm: Peer;
}

interface Peer {
  readonly label: string;
  readonly folder: string;
  readonly server: string;
}

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aios-bench');
const portkeyVersion = '1.15.2';
const litellmVersion = '1.81.0';
const portkeyFolder = join(cache, `portkey-${portkeyVersion}`);
const litellmFolder = join(cache, `litellm-${litellmVersion}`);

export const peers: Peers = {
  portkey: {
    label: `Portkey ${portkeyVersion}`,
    folder: portkeyFolder,
    server: join(portkeyFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js'),
  },
  litellm: {
    label: `LiteLLM ${litellmVersion}`,
    folder: litellmFolder,
    server: join(litellmFolder, 'bin/litellm'),
  },
};

/** Its program; undefined where it is not installed. */
export function serverOf({ server }: Peer): string | undefined {
  return existsSync(server) ? server : undefined;
}

/** Installs what is missing, from npm and PyPI. What cannot be installed is left out, and said. */
export async function installPeers(progress: (line: string) => void): Promise<void> {
  await install(peers.portkey, progress, async (folder) => {
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    const wanted = `@portkey-ai/gateway@${portkeyVersion}`;
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', wanted], { cwd: folder });
  });
  await install(peers.litellm, progress, async (folder) => {
    await run('python3.11', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), ['install', '-q', `litellm[proxy]==${litellmVersion}`]);
  });
}

async function install(
  peer: Peer,
  progress: (line: string) => void,
  steps: (folder: string) => Promise<void>,
): Promise<void> {
  if (serverOf(peer) !== undefined) return;
  progress(`installing ${peer.label} into ${peer.folder}`);
  await mkdir(peer.folder, { recursive: true });
  await steps(peer.folder).catch((error: unknown) => {
    progress(`SKIPPED: ${peer.label} cannot be installed: ${String(error).slice(0, 300)}`);
  });
}
