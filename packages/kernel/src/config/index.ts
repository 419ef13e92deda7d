// The configuration of an installation: one file, one schema.

export { type Config, configSchema, type ModelEntry } from './schema.ts';
