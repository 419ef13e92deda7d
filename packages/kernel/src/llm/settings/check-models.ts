import { AiosError } from '@aios/protocol';
import type { Config, ConfigFile } from '../../config/index.ts';
import { configuredCores, configuredGroups } from './core-settings.ts';

type ConfigProblem = ReturnType<ConfigFile['check']>['problems'][number];

/** What the kernel would refuse about the models of a configuration that is right otherwise, such as an unknown backend. */
export function checkModels(file: ConfigFile, bytes: Uint8Array, config: Config): ConfigProblem[] {
  try {
    configuredGroups(config, configuredCores(config, {}));
    return [];
  } catch (error) {
    const problem = AiosError.isInstance(error) ? file.problemOf(error, bytes) : undefined;
    if (problem === undefined) throw error;
    return [problem];
  }
}
