import type { Environment } from './environment.ts';
import type { Config } from './schema.ts';

/** Variables that are read at boot alone. */
const restartVariables = ['DATABASE_URL'] as const;

/** The new configuration with the values of this boot where a change needs a restart. */
export function keepRestartKeys(current: Config, next: Config): Config {
  const { host, port, max_body_bytes } = current.server;
  return {
    ...next,
    services: current.services,
    server: { ...next.server, host, port, max_body_bytes },
    storage: { ...next.storage, root_dir: current.storage.root_dir },
    agent_factory: { ...next.agent_factory, max_workers: current.agent_factory.max_workers },
  };
}

/** The same for the environment. */
export function keepRestartVariables(current: Environment, next: Environment): Environment {
  return { ...next, ...Object.fromEntries(restartVariables.map((name) => [name, current[name]])) };
}

/** Names of the variables whose values differ. */
export function changedVariables(before: Environment, after: Environment): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).toSorted();
}
