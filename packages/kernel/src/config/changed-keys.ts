import { isDeepStrictEqual } from 'node:util';
import { formatKeyPath, type KeyPath } from './key-path.ts';

/** The keys whose values differ, each named to its last part: `llms.models[0].hostname`. */
export function changedKeys(before: unknown, after: unknown): string[] {
  const changed: string[] = [];
  const visit = (left: unknown, right: unknown, path: KeyPath): void => {
    if (isDeepStrictEqual(left, right)) return;
    const keys = commonKeys(left, right);
    if (keys === undefined) {
      changed.push(formatKeyPath(path));
      return;
    }
    for (const key of keys) visit(childOf(left, key), childOf(right, key), [...path, key]);
  };
  visit(before, after, []);
  return changed;
}

/** Keys to compare one by one; undefined where the two are not of one kind. */
function commonKeys(left: unknown, right: unknown): (string | number)[] | undefined {
  if (Array.isArray(left) && Array.isArray(right)) {
    return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => at);
  }
  if (!isSection(left) || !isSection(right)) return undefined;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])];
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function childOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
