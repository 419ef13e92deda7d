import { AiosError } from '@aios/protocol';
import { z } from 'zod';
import { isWildcard } from './guard/index.ts';
import { alive } from './health/index.ts';

const probeTimeoutMs = 1000;
const aliveAnswer = z.object({ name: z.literal(alive.name) });

const advice = 'Choose another port with AIOS_PORT, --port or server.port in config.yaml';

/** Says why the server could not listen and what to do about it. */
export async function explainListenFailure(cause: unknown, host: string, port: number): Promise<AiosError> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const options = { cause, disposition: 'operator', details: { host, port } } as const;
  switch (code) {
    case 'EADDRINUSE': {
      const holder = (await isKernel(host, port))
        ? `An AIOS kernel is already running there: use it, stop it with \`aios down\`, or`
        : 'Another program has it. Stop that program, or';
      const message = `Port ${port} of ${host} is taken. ${holder} ${advice.replace('Choose', 'choose')}.`;
      return new AiosError('unavailable', message, options);
    }
    case 'EACCES':
      return new AiosError(
        'unavailable',
        `This user may not listen on port ${port} of ${host}. ${advice}.`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AiosError(
        'unavailable',
        `This machine has no address ${host}. Choose another with AIOS_HOST, --host or server.host in config.yaml.`,
        options,
      );
    default:
      return new AiosError(
        'unavailable',
        `The server cannot listen on ${host}:${port}: ${String(cause)}.`,
        options,
      );
  }
}

async function isKernel(host: string, port: number): Promise<boolean> {
  const name = isWildcard(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const response = await fetch(`http://${name}:${port}/healthz`, { signal });
    return aliveAnswer.safeParse(await response.json()).success;
  } catch {
    return false;
  }
}
