import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { errorCodeOf, fileError } from './file-error.ts';
import { type ConfigProblem, invalidConfig, problemAt } from './problem.ts';
import { readIfThere } from './read-if-there.ts';
import { replaceFile } from './replace-file.ts';
import { readSecrets, strangeLines, withoutSecret, withSecret } from './secrets-text.ts';
import { decodeText } from './yaml-text.ts';

const fileName = '.env';

/** What the file comes to. `values` is present exactly when there are no problems. */
interface CheckedSecrets {
  readonly values?: Readonly<Record<string, string>>;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * The secret store of a home: the file `.env`, which its owner alone may read. Needs no running kernel. No error and no
 * warning holds a value.
 */
export class SecretsFile {
  readonly path: string;

  constructor(home: string) {
    this.path = join(home, fileName);
  }

  /** The bytes of the file; undefined where there is none. */
  bytes(): Promise<Buffer | undefined> {
    return readIfThere(this.path);
  }

  /** Checks content as if it were that of the file; a missing file holds nothing. */
  check(bytes: Uint8Array | undefined): CheckedSecrets {
    if (bytes === undefined) return { values: {}, problems: [], warnings: [] };
    const text = decodeText(fileName, bytes);
    if (typeof text !== 'string') return { problems: [text], warnings: [] };
    const warnings = strangeLines(text).map((line) =>
      problemAt(fileName, { line, column: 1 }, [], 'is not NAME=VALUE and has no effect'),
    );
    return { values: readSecrets(text), problems: [], warnings };
  }

  /** The variables and their values. Throws `invalid_argument` for a file that is no text. */
  async read(): Promise<Readonly<Record<string, string>>> {
    const { values, problems } = this.check(await this.bytes());
    if (values === undefined) throw invalidConfig(problems);
    return values;
  }

  /** Takes the file away from other users of the machine; says so, or why it could not, when they could read it. */
  async protect(): Promise<string | undefined> {
    if (process.platform === 'win32') return undefined;
    try {
      if (((await stat(this.path)).mode & 0o077) === 0) return undefined;
      await chmod(this.path, 0o600);
      return `others on this machine could read ${this.path}; now only its owner can. Consider changing the keys in it.`;
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      return `others on this machine can read ${this.path}, and its mode cannot be changed (${errorCodeOf(error)})`;
    }
  }

  /** Sets a variable; the file is made where it is missing. Other lines and comments stay. */
  async set(name: string, value: string): Promise<void> {
    await this.#write(withSecret(await this.#text(), name, value));
  }

  /** Removes a variable; false when the file does not have it. */
  async unset(name: string): Promise<boolean> {
    const text = await this.#text();
    if (!Object.hasOwn(readSecrets(text), name)) return false;
    await this.#write(withoutSecret(text, name));
    return true;
  }

  async #text(): Promise<string> {
    const bytes = await this.bytes();
    if (bytes === undefined) return '';
    const text = decodeText(fileName, bytes);
    if (typeof text !== 'string') throw invalidConfig([text]);
    return text;
  }

  async #write(text: string): Promise<void> {
    await this.protect();
    try {
      await replaceFile(this.path, text);
    } catch (error) {
      throw fileError(error, 'Cannot write', this.path);
    }
  }
}

/** The environment with what only the secret store has. A variable of the process comes first, unless it is empty. */
export function withSecrets(
  environment: Environment,
  secrets: Readonly<Record<string, string>>,
): Environment {
  const missing = Object.entries(secrets).filter(([name]) => !environment[name]?.trim());
  return { ...environment, ...Object.fromEntries(missing) };
}
