import { AiosError } from '@aios/protocol';
import { formatKeyPath, type KeyPath } from './key-path.ts';

/** Where in the file something stands; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the configuration, or worth a warning. Never holds a value: it could be a secret. */
export interface ConfigProblem {
  /** File, or the environment variable. */
  readonly source: string;
  readonly position?: Position | undefined;
  readonly key: string;
  readonly message: string;
}

export function problemAt(
  source: string,
  position: Position | undefined,
  path: KeyPath,
  message: string,
): ConfigProblem {
  return { source, position, key: formatKeyPath(path), message };
}

/** `config.yaml:12:5 llms.models[1].backend: is missing …` */
export function formatProblem({ source, position, key, message }: ConfigProblem): string {
  const place = position === undefined ? source : `${source}:${position.line}:${position.column}`;
  return key === '' ? `${place}: ${message}` : `${place} ${key}: ${message}`;
}

export function invalidConfig(problems: readonly ConfigProblem[]): AiosError {
  return new AiosError('invalid_argument', problems.map(formatProblem).join('\n'), { details: { problems } });
}
