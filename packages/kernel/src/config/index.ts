// The configuration of an installation: one file, one schema, and the secret store, reloaded when they change. `ConfigFile`
// and `SecretsFile` work without a kernel.
// Imports no other module but telemetry's types.

export { ConfigFile, parseConfigValue } from './config-file.ts';
export { ConfigStore, openConfig, type ReloadResult } from './config-store.ts';
export { errorCodeOf, fileError } from './file-error.ts';
export { nearestNames } from './nearest-name.ts';
export { formatProblem } from './problem.ts';
export type { QuotaEntry, QuotaSettings } from './quotas-schema.ts';
export { type Config, configSchema, type ModelEntry } from './schema.ts';
export { SecretsFile, withSecrets } from './secrets-file.ts';
export type { ServiceEntry } from './services-schema.ts';
export { parseSubnet } from './subnet.ts';
