import { AiosError } from '@aios/protocol';

/** A key of the configuration as its parts: `llms.models[1].backend` is ['llms', 'models', 1, 'backend']. */
export type KeyPath = readonly (string | number)[];

const part = /(?:^|\.)([^.[\]]+)|\[(\d{1,6})\]|\["([^"]+)"\]/y;

/** Reads a key such as `server.port`, `llms.models[0].name` or `api_keys["a.b"]`. */
export function parseKeyPath(text: string): KeyPath {
  const parts: (string | number)[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) {
      throw new AiosError(
        'invalid_argument',
        `${JSON.stringify(text)} is no key of the configuration. Write it like server.port or llms.models[0].name.`,
      );
    }
    const [, name, index, quoted] = match;
    parts.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
  }
  if (parts.length === 0) throw new AiosError('invalid_argument', 'Name a key, such as server.port.');
  return parts;
}

export function formatKeyPath(path: KeyPath): string {
  return path
    .map((key, at) => {
      if (typeof key === 'number') return `[${key}]`;
      if (/[.[\]]/.test(key)) return `["${key}"]`;
      return at === 0 ? key : `.${key}`;
    })
    .join('');
}

/** What stands at a path of plain data; undefined where there is nothing. */
export function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
