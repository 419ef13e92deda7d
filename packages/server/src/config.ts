// The entry `@aios/server/config`: what the command line needs of the configuration, without the server and the kernel.

export {
  type Config,
  ConfigFile,
  checkKey,
  checkModels,
  configSchema,
  formatProblem,
  type KeyCheck,
  type KnownSecret,
  knownSecrets,
  type ListedSecret,
  listSecrets,
  maskSecret,
  nearestNames,
  parseConfigValue,
  SecretsFile,
} from '@aios/kernel/config';
