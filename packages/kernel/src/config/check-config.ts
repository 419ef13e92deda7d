import type { z } from 'zod';
import { applyEnvironment, type Environment } from './environment.ts';
import { formatKeyPath, type KeyPath, valueAt } from './key-path.ts';
import { describeKey, keysOf, unknownKeys } from './known-keys.ts';
import { nearestNames } from './nearest-name.ts';
import { type ConfigProblem, problemAt } from './problem.ts';
import { type Config, configSchema } from './schema.ts';
import { parseYaml, type YamlText } from './yaml-text.ts';

/** What a configuration file comes to. `config` is present exactly when there are no problems. */
export interface CheckedConfig {
  readonly config?: Config;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Checks the text of a configuration file and the environment; finds all problems at once. */
export function checkConfig(source: string, text: string, environment: Environment): CheckedConfig {
  return checkYaml(source, parseYaml(source, text), environment);
}

export function checkYaml(source: string, yaml: YamlText, environment: Environment): CheckedConfig {
  if (yaml.problems.length > 0) return { problems: yaml.problems, warnings: [] };
  const data = withoutNulls(yaml.data ?? {});
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const found = Array.isArray(data) ? 'a list' : 'a single value';
    const message = `must be sections with keys, such as "server:", not ${found}`;
    return { problems: [problemAt(source, yaml.positionOf([]), [], message)], warnings: [] };
  }
  const warnings = unknownKeys(data).map((path) => unknownKey(source, yaml, path));
  const parsed = configSchema.safeParse(data);
  const fileProblems = parsed.success
    ? []
    : parsed.error.issues
        .flatMap(leafIssues)
        .map((issue) => {
          const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
          return problemAt(source, yaml.positionOf(path), path, describeIssue(issue, path, data));
        })
        .toSorted(byPosition);
  const { config, problems } = applyEnvironment(
    parsed.success ? parsed.data : configSchema.parse({}),
    environment,
  );
  if (parsed.success && problems.length === 0 && !isKnownModel(config)) {
    const path = ['llms', 'default'];
    const names = [...config.llms.models, ...config.llms.groups].map(({ name }) => name).join(', ');
    const message = `names no model of llms.models; there is ${names}`;
    return { problems: [problemAt(source, yaml.positionOf(path), path, message)], warnings };
  }
  const all = [...fileProblems, ...problems];
  return all.length === 0 ? { config, problems: [], warnings } : { problems: all, warnings };
}

function byPosition({ position: left }: ConfigProblem, { position: right }: ConfigProblem): number {
  if (left === undefined || right === undefined) return 0;
  return left.line - right.line || left.column - right.column;
}

/** A key without a value counts as absent, as it did in the Python AIOS. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function isKnownModel({ llms }: Config): boolean {
  if (llms.default === undefined || llms.models.length === 0) return true;
  return [...llms.models, ...llms.groups].some(({ name }) => name === llms.default);
}

function unknownKey(source: string, yaml: YamlText, path: KeyPath): ConfigProblem {
  return problemAt(source, yaml.positionOf(path, 'key'), path, describeUnknownKey(path));
}

/** Says that a key is not known, and which one may be meant. */
export function describeUnknownKey(path: KeyPath): string {
  const known = keysOf(path.slice(0, -1));
  const [nearest] = nearestNames(String(path.at(-1)), known);
  if (nearest !== undefined) {
    return `is not a known key and has no effect; did you mean ${formatKeyPath([...path.slice(0, -1), nearest])}?`;
  }
  const choice = known.length === 0 ? '' : `; known here: ${known.join(', ')}`;
  return `is not a known key and has no effect${choice}`;
}

type Issue = z.core.$ZodIssue;

/** For a union, the issues of the alternative that came closest. */
function leafIssues(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const closest = issue.errors
    .filter((errors) => errors.some(({ path }) => path.length > 0))
    .toSorted((left, right) => left.length - right.length)[0];
  if (closest === undefined) return [issue];
  return closest.flatMap((inner) => leafIssues({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What is wrong and what to write instead, without the value itself. */
function describeIssue(issue: Issue, path: KeyPath, data: unknown): string {
  const value = valueAt(data, path);
  const hint = describeKey(path);
  const about = hint === undefined ? '' : ` (${hint})`;
  if (value === undefined && issue.code === 'invalid_type') return `is missing${about}`;
  if (issue.code === 'invalid_type')
    return `must be ${kindNames[issue.expected] ?? issue.expected}, not ${kindOf(value)}${about}`;
  if (issue.code === 'invalid_union') return `cannot be ${kindOf(value)}${about}`;
  if (issue.code === 'invalid_value') {
    const isOurs = !issue.message.startsWith('Invalid');
    return isOurs ? issue.message : `must be one of ${issue.values.map(String).join(', ')}${about}`;
  }
  if (issue.code === 'too_small') {
    const unit = issue.origin === 'string' ? ' characters' : '';
    return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit}${about}`;
  }
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${about}`;
  return `${issue.message}${about}`;
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (lines that begin with "- ")',
  object: 'a section with keys',
  record: 'a section with keys',
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'number' && !Number.isInteger(value) ? 'a number with a fraction' : 'a number';
}
