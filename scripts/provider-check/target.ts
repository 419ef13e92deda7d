/** What is to be checked. */
export interface Target {
  /** As in `llms.models[].backend`. */
  readonly backend: string;
  /** Name that the provider knows the model by. */
  readonly model: string;
  /** Base URL of the endpoint; the provider’s own when absent. */
  readonly hostname?: string | undefined;
  /** Embedding model of the same endpoint; embeddings are not checked when absent. */
  readonly embed?: string | undefined;
}

/** Names of the models in the configuration of the check. */
export const entryNames = { chat: 'checked', embed: 'embedding', unknown: 'unknown' } as const;

/** No provider has it. */
const unknownModel = 'aios-no-such-model';

/** Failures are what the check looks for: they must not make the kernel leave the model alone. */
const patientBreaker = { failures: 1000, failure_rate: 1, window: 1000 };

/** The config.yaml of the check; JSON is YAML. */
export function configOf({ backend, model, hostname, embed }: Target): string {
  const endpoint = { backend, ...(hostname !== undefined && { hostname }) };
  const models = [
    { name: entryNames.chat, ...endpoint, model },
    { name: entryNames.unknown, ...endpoint, model: unknownModel },
    ...(embed === undefined
      ? []
      : [{ name: entryNames.embed, ...endpoint, model: embed, capabilities: ['embed'] }]),
  ];
  return JSON.stringify({ llms: { models, default: entryNames.chat, breaker: patientBreaker } });
}

/** An installation of the user’s: the check has its own home, model and database. */
const ownInstallation = /^(AIOS_(?!PYTHON$).*|DATABASE_URL|REDIS_URL)$/;

/** The environment with the provider’s key, without what would lead the kernel to the user’s installation. */
export function environmentOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || ownInstallation.test(name) ? [] : [[name, value]],
    ),
  );
}
