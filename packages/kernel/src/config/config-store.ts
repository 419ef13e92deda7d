import { isDeepStrictEqual } from 'node:util';
import { AiosError, type JsonValue, toAiosError } from '@aios/protocol';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { changedKeys } from './changed-keys.ts';
import type { Environment } from './environment.ts';
import { maskConfig } from './masked.ts';
import { changedVariables, keepRestartKeys, keepRestartVariables } from './restart-keys.ts';
import type { Config } from './schema.ts';
import { type Content, type Settings, Sources } from './sources.ts';
import { watchFile } from './watch-file.ts';

export interface OpenConfigOptions {
  /** Folder of the installation. */
  readonly home: string;
  readonly env: Environment;
  readonly logger: Logger;
  readonly events?: EventBus;
}

export interface ReloadResult {
  /** Keys, and variables of the secret store, that took effect. */
  readonly changed: string[];
  /** Keys that differ in the file and take effect at the next start. */
  readonly restartNeeded: string[];
}

/** Makes the modules work with new settings. Throwing refuses them; then nothing may have changed. */
type ConfigAdopter = (next: Settings, changed: readonly string[]) => Promise<void>;

/** Reads the configuration and the secret store, writing the former at first boot, and follows both until disposed of. */
export async function openConfig(options: OpenConfigOptions): Promise<ConfigStore> {
  const sources = new Sources(options);
  await sources.create();
  const content = await sources.read();
  return new ConfigStore(sources, sources.check(content), content, options);
}

/** The configuration in force. A reload replaces it as a whole or, when a file is wrong, not at all. */
export class ConfigStore implements Disposable {
  readonly #sources: Sources;
  readonly #logger: Logger;
  readonly #events: EventBus | undefined;
  readonly #watches: readonly Disposable[];
  #adopt: ConfigAdopter = async () => undefined;
  #current: Settings;
  /** Content that was looked at last, accepted or not; seeing it again is no change. */
  #seen: Content;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(sources: Sources, settings: Settings, seen: Content, options: OpenConfigOptions) {
    this.#sources = sources;
    this.#current = settings;
    this.#seen = seen;
    this.#logger = options.logger;
    this.#events = options.events;
    const follow = () => void this.#followFiles();
    this.#watches = sources.paths.map((path) => watchFile(path, options.logger, follow));
  }

  get current(): Config {
    return this.#current.config;
  }

  /** That of the process, completed by the secret store. For the modules that need keys, and for nobody else. */
  get environment(): Environment {
    return this.#current.environment;
  }

  /** What is in force, secrets masked, for showing. */
  masked(): JsonValue {
    return maskConfig(this.current);
  }

  /** Reads the files again. Throws `invalid_argument` with all that is wrong with them; then nothing has changed. */
  reload(): Promise<ReloadResult> {
    return this.#inTurn(async () => await this.#apply(await this.#read()));
  }

  /** The error of a module that names a key, with file and line. */
  located(error: unknown): unknown {
    return AiosError.isInstance(error) ? this.#sources.locate(error, this.#seen) : error;
  }

  /** Who takes over what a reload changed, before it is in force. */
  adoptWith(adopter: ConfigAdopter): void {
    this.#adopt = adopter;
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  #inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(job);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #followFiles(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        const content = await this.#read();
        if (!isDeepStrictEqual(content, this.#seen)) await this.#apply(content);
      });
    } catch (error) {
      const { message } = toAiosError(error);
      this.#logger.warn(`the changed configuration is not used:\n${message}`);
    }
  }

  async #read(): Promise<Content> {
    try {
      return await this.#sources.read();
    } catch (error) {
      throw this.#rejected(toAiosError(error));
    }
  }

  #rejected(error: AiosError): AiosError {
    this.#events?.publish({ type: 'config-rejected', message: error.message });
    return error;
  }

  async #apply(content: Content): Promise<ReloadResult> {
    this.#seen = content;
    const wanted = this.#check(content);
    const next = {
      config: keepRestartKeys(this.#current.config, wanted.config),
      environment: keepRestartVariables(this.#current.environment, wanted.environment),
    };
    const changed = changesBetween(this.#current, next);
    const restartNeeded = changesBetween(next, wanted);
    if (changed.length + restartNeeded.length === 0) return { changed, restartNeeded };
    if (changed.length > 0) await this.#handOver(next, changed, content);
    this.#current = next;
    this.#logger.info({ changed, restartNeeded }, 'configuration reloaded');
    this.#events?.publish({ type: 'config-reloaded', changed, restartNeeded });
    return { changed, restartNeeded };
  }

  #check(content: Content): Settings {
    try {
      return this.#sources.check(content);
    } catch (error) {
      throw this.#rejected(toAiosError(error));
    }
  }

  async #handOver(next: Settings, changed: readonly string[], content: Content): Promise<void> {
    try {
      await this.#adopt(next, changed);
    } catch (error) {
      throw this.#rejected(this.#sources.locate(toAiosError(error), content));
    }
  }
}

function changesBetween(before: Settings, after: Settings): string[] {
  return [
    ...changedKeys(before.config, after.config),
    ...changedVariables(before.environment, after.environment),
  ];
}
