import { z } from 'zod';
import { type ConfigProblem, problemAt } from './problem.ts';
import { type Config, serverHost, serverPort } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(serverPort);

/** Applies AIOS_HOST and AIOS_PORT. An empty variable counts as absent. */
export function applyEnvironment(
  config: Config,
  environment: Environment,
): { config: Config; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const server = { ...config.server };
  const { AIOS_HOST: host = '', AIOS_PORT: portText = '' } = environment;
  if (host !== '') {
    if (serverHost.safeParse(host).success) server.host = host;
    else {
      const message = `must be an IP address or a host name without port, not ${JSON.stringify(host)}`;
      problems.push(problemAt('AIOS_HOST', undefined, [], message));
    }
  }
  if (portText !== '') {
    const parsed = port.safeParse(portText);
    if (parsed.success) server.port = parsed.data;
    else {
      const message = `must be a number from 0 to 65535 (0: any free port), not ${JSON.stringify(portText)}`;
      problems.push(problemAt('AIOS_PORT', undefined, [], message));
    }
  }
  return { config: { ...config, server }, problems };
}
