// What a sandbox sees: the arguments of bubblewrap for its file system. Order matters, later ones lie over earlier ones.

import { lstat, readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Descriptors } from './descriptors.ts';
import type { Identity } from './identity.ts';
import { homeInside, type SandboxFile, type SandboxLimits, type SandboxMount } from './sandbox-spec.ts';

/** What programs need of /etc; nothing here names users, hosts or secrets of the machine. */
const etcNeeded = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/ssl/certs',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust/extracted',
];
/** Beside /usr; on most machines links into it. */
const systemFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const maxSharedMemoryBytes = 64 * 1024 * 1024;

export interface LayoutOptions {
  readonly identity: Identity;
  readonly limits: SandboxLimits;
  readonly mounts: readonly SandboxMount[];
  readonly files: readonly SandboxFile[];
  readonly folder: string;
}

export async function layout(
  { identity, limits, mounts, files, folder: start }: LayoutOptions,
  descriptors: Descriptors,
): Promise<string[]> {
  const file = (path: string, content: string | Uint8Array, mode: string) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return ['--perms', mode, '--file', String(descriptors.add(bytes)), path];
  };
  const bound = [{ source: process.execPath, target: `${ownFolder}/bin/node` }, ...mounts];
  const sharedMemory = Math.min(limits.diskBytes, maxSharedMemoryBytes);
  return [
    ...(await systemArguments()),
    ...folder('/etc', '0755'),
    ...above(etcNeeded, '').flatMap((path) => folder(path, '0755')),
    ...etcNeeded.flatMap((path) => ['--ro-bind-try', path, path]),
    ...file('/etc/passwd', `agent:x:${identity.user}:${identity.user}::${homeInside}:/bin/sh\n`, '0444'),
    ...file('/etc/group', `agent:x:${identity.user}:\n`, '0444'),
    ...file('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n', '0444'),
    ...file('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n', '0444'),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(sharedMemory), '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev'],
    ...['--perms', '0755', '--size', String(limits.diskBytes), '--tmpfs', '/home'],
    // Nobody else is here, and as root bubblewrap makes folders that belong to root.
    ...[...folder(homeInside, '0777'), ...folder('/home/tmp', '1777')],
    ...['--symlink', 'home/tmp', '/tmp'],
    ...above(
      bound.map(({ target }) => target),
      '',
    ).flatMap((path) => folder(path, '0755')),
    ...bound.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ...above(
      files.map(({ path }) => path),
      homeInside,
    ).flatMap((path) => folder(path, '0777')),
    ...files.flatMap(({ path, content }) => file(path, content, '0666')),
    ...['--remount-ro', '/'],
    ...['--chdir', start],
  ];
}

/** Where the kernel puts what it brings. */
export const ownFolder = '/run/aios';

async function systemArguments(): Promise<string[]> {
  const found = await Promise.all(
    systemFolders.map(async (path) => {
      const stats = await lstat(path).catch(() => undefined);
      if (stats === undefined) return [];
      return stats.isSymbolicLink() ? ['--symlink', await readlink(path), path] : ['--ro-bind', path, path];
    }),
  );
  return ['--ro-bind', '/usr', '/usr', ...found.flat()];
}

function folder(path: string, mode: string): string[] {
  return ['--perms', mode, '--dir', path];
}

/** The folders below `top` that the paths lie in, the outer ones first. bubblewrap would make them for their owner alone. */
function above(paths: readonly string[], top: string): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    for (let outer = dirname(path); outer.startsWith(`${top}/`) && outer !== '/'; outer = dirname(outer)) {
      found.add(outer);
    }
  }
  return [...found].toSorted((left, right) => left.length - right.length);
}
