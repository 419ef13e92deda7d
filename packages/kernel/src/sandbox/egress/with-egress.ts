import { fileURLToPath } from 'node:url';
import { ownFolder } from '../layout.ts';
import type { SandboxSpec } from '../sandbox-spec.ts';
import type { Egress } from './proxy.ts';

const port = 3128;
const socketInside = `${ownFolder}/egress.sock`;
const forwarderInside = `${ownFolder}/forwarder.mts`;
const forwarder = fileURLToPath(new URL('./forwarder.ts', import.meta.url));
const proxy = `http://127.0.0.1:${port}`;

/** As curl, pip, npm, git, Python’s libraries and Node.js read them. */
const variables = {
  https_proxy: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  HTTP_PROXY: proxy,
  no_proxy: '127.0.0.1,localhost,::1',
  NO_PROXY: '127.0.0.1,localhost,::1',
  NODE_USE_ENV_PROXY: '1',
};

/** The program with a way out. It needs `reservedByNodeBytes` in its limits. */
export function withEgress(spec: SandboxSpec, { socketPath }: Egress): SandboxSpec {
  return {
    ...spec,
    command: ['node', forwarderInside, socketInside, String(port), ...spec.command],
    environment: { ...variables, ...spec.environment },
    mounts: [
      ...(spec.mounts ?? []),
      { source: socketPath, target: socketInside },
      { source: forwarder, target: forwarderInside },
    ],
  };
}
