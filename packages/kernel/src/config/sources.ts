import type { AiosError } from '@aios/protocol';
import type { Logger } from '../telemetry/index.ts';
import { ConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { type ConfigProblem, formatProblem, invalidConfig } from './problem.ts';
import type { Config } from './schema.ts';
import { SecretsFile, withSecrets } from './secrets-file.ts';

/** What is in force together: the configuration, and the environment completed by the secret store. */
export interface Settings {
  readonly config: Config;
  readonly environment: Environment;
}

/** The bytes of both files; undefined for one that is missing. */
export interface Content {
  readonly config: Buffer | undefined;
  readonly secrets: Buffer | undefined;
}

interface SourcesOptions {
  readonly home: string;
  readonly env: Environment;
  readonly logger: Logger;
}

/** The files that settings come from. */
export class Sources {
  readonly #config: ConfigFile;
  readonly #secrets: SecretsFile;
  readonly #env: Environment;
  readonly #logger: Logger;

  constructor({ home, env, logger }: SourcesOptions) {
    this.#config = new ConfigFile(home, env);
    this.#secrets = new SecretsFile(home);
    this.#env = env;
    this.#logger = logger;
  }

  get paths(): string[] {
    return [this.#config.path, this.#secrets.path];
  }

  /** Writes the configuration file with its defaults where there is none. */
  async create(): Promise<void> {
    await this.#config.create();
  }

  async read(): Promise<Content> {
    const exposure = await this.#secrets.protect();
    if (exposure !== undefined) this.#logger.warn(exposure);
    return { config: await this.#config.bytes(), secrets: await this.#secrets.bytes() };
  }

  /** What the content comes to. Throws `invalid_argument` with all that is wrong with it. */
  check(content: Content): Settings {
    const checked = this.#config.check(content.config);
    const secrets = this.#secrets.check(content.secrets);
    if (checked.config === undefined || secrets.values === undefined) {
      throw invalidConfig([...checked.problems, ...secrets.problems]);
    }
    logWarnings(this.#logger, [...checked.warnings, ...secrets.warnings]);
    return { config: checked.config, environment: withSecrets(this.#env, secrets.values) };
  }

  /** Adds file and line to the error of a module that names a key of the configuration in `details.key`. */
  locate(error: AiosError, { config }: Content): AiosError {
    const problem = this.#config.problemOf(error, config);
    return problem === undefined ? error : invalidConfig([problem]);
  }
}

function logWarnings(logger: Logger, warnings: readonly ConfigProblem[]): void {
  for (const warning of warnings) logger.warn(formatProblem(warning));
}
