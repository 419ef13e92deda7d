// What the configuration says of models and keys, before anything runs. Loads no driver, so that commands such as
// `aios env list`, which come here through configuration.ts, answer at once.

export { checkModels } from './check-models.ts';
export { configError } from './config-error.ts';
export {
  type CoreSettings,
  configuredCores,
  configuredGroups,
  coreOf,
  type GroupSettings,
  keyOf,
} from './core-settings.ts';
export { localHub } from './hugging-face.ts';
export { configuredAliases, createAliases, type ModelAliases } from './model-aliases.ts';
export { ollamaOrigin } from './ollama-origin.ts';
export { checkKey, type KeyCheck, type KnownSecret, knownSecrets } from './provider-keys.ts';
export { type ListedSecret, listSecrets, maskSecret } from './secret-list.ts';
