// What a program may do with the configuration of a home without a kernel: the entry `@aios/kernel/config`. It loads no driver,
// no database and no queue, so that `aios config` and `aios env` answer at once.

export {
  type Config,
  ConfigFile,
  configSchema,
  formatProblem,
  nearestNames,
  parseConfigValue,
  SecretsFile,
} from './config/index.ts';
export {
  checkKey,
  checkModels,
  type KeyCheck,
  type KnownSecret,
  knownSecrets,
  type ListedSecret,
  listSecrets,
  maskSecret,
} from './llm/settings/index.ts';
