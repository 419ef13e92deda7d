// What a program may do with the configuration of a home without a kernel: the entry `@aios/kernel/config`. It loads no driver,
// no database and no queue, so that `aios config` and `aios env` answer at once.

export { checkModels } from './check-models.ts';
export {
  type Config,
  ConfigFile,
  configSchema,
  formatProblem,
  nearestNames,
  parseConfigValue,
  SecretsFile,
} from './config/index.ts';
export { checkKey, type KeyCheck, type KnownSecret, knownSecrets } from './provider-keys.ts';
export { type ListedSecret, listSecrets, maskSecret } from './secret-list.ts';
