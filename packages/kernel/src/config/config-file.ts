import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AiosError, type JsonValue, jsonValue } from '@aios/protocol';
import { parse } from 'yaml';
import { type CheckedConfig, checkConfig, checkYaml, describeUnknownKey } from './check-config.ts';
import { defaultConfigFile } from './default-file.ts';
import { setValue, unsetValue } from './edit-yaml.ts';
import type { Environment } from './environment.ts';
import { errorCodeOf, fileError } from './file-error.ts';
import { formatKeyPath, type KeyPath, parseKeyPath, valueAt } from './key-path.ts';
import { unknownKeys } from './known-keys.ts';
import { maskConfig } from './masked.ts';
import { type ConfigProblem, formatProblem, invalidConfig, problemAt } from './problem.ts';
import { readIfThere } from './read-if-there.ts';
import { replaceFile } from './replace-file.ts';
import type { Config } from './schema.ts';
import { decodeFile, parseYaml, type YamlText } from './yaml-text.ts';

const fileName = 'config.yaml';

/** The configuration file of a home: reads, checks and edits it. Needs no running kernel. */
export class ConfigFile {
  readonly path: string;
  readonly #environment: Environment;

  constructor(home: string, environment: Environment) {
    this.path = join(home, fileName);
    this.#environment = environment;
  }

  /** Writes the file with its defaults and comments where there is none. */
  async create(): Promise<void> {
    try {
      await writeFile(this.path, defaultConfigFile, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (errorCodeOf(error) === 'EEXIST') return;
      throw fileError(error, 'Cannot write', this.path);
    }
  }

  /** The bytes of the file; undefined where there is none. */
  bytes(): Promise<Buffer | undefined> {
    return readIfThere(this.path);
  }

  /** Checks content as if it were that of the file; undefined stands for a missing file. */
  check(bytes: Uint8Array | undefined): CheckedConfig {
    const text = textOf(bytes);
    if (typeof text !== 'string') return { problems: [text], warnings: [] };
    return checkConfig(fileName, text, this.#environment);
  }

  /** The problem, with its place, of an error that names a key of the content in `details.key`; undefined for others. */
  problemOf({ message, details }: AiosError, bytes: Uint8Array | undefined): ConfigProblem | undefined {
    const text = textOf(bytes);
    if (typeof details?.key !== 'string' || typeof text !== 'string') return undefined;
    const path = parseKeyPath(details.key);
    const yaml = parseYaml(fileName, text);
    // One that stands nowhere in the file comes from the environment.
    if (valueAt(yaml.data, path.slice(0, 1)) === undefined) return undefined;
    const withoutKey = message.startsWith(`${details.key}: `)
      ? message.slice(details.key.length + 2)
      : message;
    return problemAt(fileName, yaml.positionOf(path), path, withoutKey);
  }

  /** The configuration in force for a program without a kernel; a missing file stands for the defaults. */
  async read(): Promise<Config> {
    const { config, problems } = this.check((await this.bytes()) ?? Buffer.from(defaultConfigFile));
    if (config === undefined) throw invalidConfig(problems);
    return config;
  }

  /** All that is in force, secrets masked. */
  async masked(): Promise<JsonValue> {
    return maskConfig(await this.read());
  }

  /** The value in force of a key, secrets masked; undefined for one that is not set and has no default. */
  async get(key: string): Promise<JsonValue | undefined> {
    const path = parseKeyPath(key);
    const value = valueAt(await this.masked(), path);
    if (value !== undefined) return jsonValue.parse(value);
    refuseUnknown(path, null);
    return undefined;
  }

  /** Sets a key in the file. What would make the file wrong is refused and changes nothing. */
  async set(key: string, value: JsonValue): Promise<void> {
    const path = parseKeyPath(key);
    refuseUnknown(path, value);
    await this.#edit((yaml) => setValue(yaml.document, path, value));
  }

  /** Removes a key from the file, so that its default is in force again; false when the file does not have it. */
  async unset(key: string): Promise<boolean> {
    const path = parseKeyPath(key);
    let removed = false;
    await this.#edit((yaml) => {
      removed = unsetValue(yaml.document, path);
    });
    return removed;
  }

  async #edit(change: (yaml: YamlText) => void): Promise<void> {
    const text = textOf((await this.bytes()) ?? Buffer.from(defaultConfigFile));
    if (typeof text !== 'string') throw invalidConfig([text]);
    const yaml = parseYaml(fileName, text);
    if (yaml.problems.length > 0) throw invalidConfig(yaml.problems);
    const before = checkYaml(fileName, yaml, this.#environment);
    change(yaml);
    const edited = yaml.document.toString({ lineWidth: 0 });
    const after = checkConfig(fileName, edited, this.#environment);
    const added = newProblems(before.problems, after.problems);
    if (added.length > 0) throw invalidConfig(added);
    const lineEnds = text.includes('\r\n') ? edited.replaceAll('\n', '\r\n') : edited;
    try {
      await replaceFile(this.path, lineEnds);
    } catch (error) {
      throw fileError(error, 'Cannot write', this.path);
    }
  }
}

/** Reads a value as the file would: `8000` is a number, `[a, b]` a list, `hello` text. */
export function parseConfigValue(text: string): JsonValue {
  try {
    return jsonValue.parse(parse(text, { prettyErrors: false, stringKeys: true, logLevel: 'error' }));
  } catch {
    // What is no YAML, such as a key of a provider that begins with "*", is meant as text.
    return text;
  }
}

function textOf(bytes: Uint8Array | undefined): string | ConfigProblem {
  if (bytes !== undefined) return decodeFile(fileName, bytes);
  return problemAt(
    fileName,
    undefined,
    [],
    'is missing; restore it, or restart to get one with the defaults',
  );
}

/** A problem that the file had before does not keep anybody from repairing another one. */
function newProblems(before: readonly ConfigProblem[], after: readonly ConfigProblem[]): ConfigProblem[] {
  const withoutPlace = (problem: ConfigProblem) => formatProblem({ ...problem, position: undefined });
  const known = new Set(before.map(withoutPlace));
  return after.filter((problem) => !known.has(withoutPlace(problem)));
}

function refuseUnknown(path: KeyPath, value: JsonValue): void {
  const data = path.reduceRight<unknown>((inner, key) => {
    if (typeof key === 'number') return [inner];
    return { [key]: inner };
  }, value);
  const [unknown] = unknownKeys(data);
  if (unknown === undefined) return;
  throw new AiosError('invalid_argument', `${formatKeyPath(unknown)} ${describeUnknownKey(unknown)}.`);
}
