// The command that makes a sandbox: bubblewrap with everything it separates, then what narrows the program further.

import type { Identity } from './identity.ts';
import { ownFolder } from './layout.ts';
import type { SandboxPrograms } from './programs.ts';
import { homeInside, type SandboxLimits } from './sandbox-spec.ts';

const openFiles = 1024;

/** Arguments of bubblewrap for everything but the file system. */
export function separation(
  identity: Identity,
  environment: Readonly<Record<string, string>>,
  info: number,
): string[] {
  const variables = { ...basicEnvironment(), ...environment };
  return [
    ...privileges(identity),
    ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', 'sandbox', '--die-with-parent', '--new-session', '--clearenv'],
    ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--info-fd', String(info)],
  ];
}

/** Root needs no user namespace to become somebody without privileges, and some machines do not let it make one. */
function privileges({ kind, user }: Identity): string[] {
  if (kind === 'namespace') {
    return ['--unshare-user', '--disable-userns', '--uid', String(user), '--gid', String(user)];
  }
  const kept = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
  return ['--cap-drop', 'ALL', ...kept.flatMap((capability) => ['--cap-add', capability])];
}

function basicEnvironment(): Record<string, string> {
  const { TZ } = process.env;
  return {
    PATH: `${ownFolder}/bin:/usr/local/bin:/usr/bin:/bin`,
    HOME: homeInside,
    USER: 'agent',
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
    ...(TZ !== undefined && { TZ }),
  };
}

/** The command as it runs inside, behind the programs that take rights and resources from it. */
export function narrowed(
  { setpriv, choom, prlimit }: SandboxPrograms,
  identity: Identity,
  limits: SandboxLimits,
  command: readonly string[],
): string[] {
  const { user } = identity;
  const becomeUser =
    identity.kind === 'own-user'
      ? [setpriv, `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--inh-caps=-all'].concat(
          '--ambient-caps=-all',
          '--bounding-set=-all',
          '--no-new-privs',
          '--',
        )
      : [];
  return [
    ...becomeUser,
    // When the machine runs out of memory, this goes first.
    ...[choom, '-n', '1000', '--'],
    prlimit,
    `--data=${limits.memoryBytes + (limits.reservedBytes ?? 0)}`,
    `--nproc=${limits.processes}`,
    `--fsize=${limits.diskBytes}`,
    ...(limits.cpuMs === undefined ? [] : [`--cpu=${Math.ceil(limits.cpuMs / 1000)}`]),
    `--nofile=${openFiles}`,
    ...['--core=0', '--msgqueue=0', '--memlock=0', '--rtprio=0', '--'],
    ...command,
  ];
}
