import { type AiosError, type JsonValue, toAiosError } from '@aios/protocol';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { changedKeys } from './changed-keys.ts';
import { ConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { maskConfig } from './masked.ts';
import { type ConfigProblem, formatProblem, invalidConfig } from './problem.ts';
import type { Config } from './schema.ts';
import { watchFile } from './watch-file.ts';

export interface OpenConfigOptions {
  /** Folder of the installation. */
  readonly home: string;
  readonly env: Environment;
  readonly logger: Logger;
  readonly events?: EventBus;
}

export interface ReloadResult {
  /** Keys that took effect. */
  readonly changed: string[];
  /** Keys that differ in the file and take effect at the next start. */
  readonly restartNeeded: string[];
}

/** Makes the modules work with a new configuration. Throwing refuses it; then nothing may have changed. */
type ConfigAdopter = (next: Config, changed: readonly string[]) => Promise<void>;

/** Reads the configuration, writing the file at first boot, and follows its changes until disposed of. */
export async function openConfig(options: OpenConfigOptions): Promise<ConfigStore> {
  const file = new ConfigFile(options.home, options.env);
  await file.create();
  const bytes = await file.bytes();
  const { config, problems, warnings } = file.check(bytes);
  if (config === undefined) throw invalidConfig(problems);
  logWarnings(options.logger, warnings);
  return new ConfigStore(file, config, bytes, options);
}

/** The configuration in force. A reload replaces `current` as a whole or, when the file is wrong, not at all. */
export class ConfigStore implements Disposable {
  readonly #file: ConfigFile;
  readonly #logger: Logger;
  readonly #events: EventBus | undefined;
  readonly #watch: Disposable;
  #adopt: ConfigAdopter = async () => undefined;
  #current: Config;
  /** Content that was looked at last, accepted or not; seeing it again is no change. */
  #seen: Buffer | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: ConfigFile, config: Config, seen: Buffer | undefined, options: OpenConfigOptions) {
    this.#file = file;
    this.#current = config;
    this.#seen = seen;
    this.#logger = options.logger;
    this.#events = options.events;
    this.#watch = watchFile(file.path, options.logger, () => void this.#followFile());
  }

  get current(): Config {
    return this.#current;
  }

  /** What is in force, secrets masked, for showing. */
  masked(): JsonValue {
    return maskConfig(this.#current);
  }

  /** Reads the file again. Throws `invalid_argument` with all that is wrong with it; then nothing has changed. */
  reload(): Promise<ReloadResult> {
    return this.#inTurn(async () => await this.#apply(await this.#read()));
  }

  /** Who takes over what a reload changed, before it is in force. */
  adoptWith(adopter: ConfigAdopter): void {
    this.#adopt = adopter;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(job);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #followFile(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        const bytes = await this.#read();
        if (bytes === undefined ? this.#seen === undefined : this.#seen?.equals(bytes)) return;
        await this.#apply(bytes);
      });
    } catch (error) {
      const { message } = toAiosError(error);
      this.#logger.warn(`the changed configuration is not used:\n${message}`);
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      return await this.#file.bytes();
    } catch (error) {
      throw this.#rejected(toAiosError(error));
    }
  }

  #rejected(error: AiosError): AiosError {
    this.#events?.publish({ type: 'config-rejected', message: error.message });
    return error;
  }

  async #apply(bytes: Buffer | undefined): Promise<ReloadResult> {
    this.#seen = bytes;
    const { config, problems, warnings } = this.#file.check(bytes);
    if (config === undefined) throw this.#rejected(invalidConfig(problems));
    logWarnings(this.#logger, warnings);
    const next = keepRestartKeys(this.#current, config);
    const changed = changedKeys(this.#current, next);
    const restartNeeded = changedKeys(next, config);
    if (changed.length + restartNeeded.length === 0) return { changed, restartNeeded };
    if (changed.length > 0) await this.#handOver(next, changed);
    this.#current = next;
    this.#logger.info({ changed, restartNeeded }, 'configuration reloaded');
    this.#events?.publish({ type: 'config-reloaded', changed, restartNeeded });
    return { changed, restartNeeded };
  }

  async #handOver(next: Config, changed: readonly string[]): Promise<void> {
    try {
      await this.#adopt(next, changed);
    } catch (error) {
      throw this.#rejected(toAiosError(error));
    }
  }
}

/** The new configuration with the values of this boot where a change needs a restart. */
function keepRestartKeys(current: Config, next: Config): Config {
  const { host, port, max_body_bytes } = current.server;
  return {
    ...next,
    server: { ...next.server, host, port, max_body_bytes },
    storage: { ...next.storage, root_dir: current.storage.root_dir },
    agent_factory: { ...next.agent_factory, max_workers: current.agent_factory.max_workers },
  };
}

function logWarnings(logger: Logger, warnings: readonly ConfigProblem[]): void {
  for (const warning of warnings) logger.warn(formatProblem(warning));
}
