import { AiosError, type JsonValue } from '@aios/protocol';
import { type Document, isCollection, isScalar, isSeq } from 'yaml';
import { formatKeyPath, type KeyPath } from './key-path.ts';

/** Sets a value in the document; comments stay where they are. */
export function setValue(document: Document, path: KeyPath, value: JsonValue): void {
  for (let length = 1; length < path.length; length += 1) {
    const section = path.slice(0, length);
    const node = document.getIn(section, true);
    const next = path[length];
    if (isCollection(node) && node.items.length === 0) node.flow = false;
    if (isSeq(node)) {
      checkIndex(node.items.length, next, section);
    } else if (isScalar(node)) {
      if (node.value !== null) throw notASection(section);
      const empty = document.createNode(typeof next === 'number' ? [] : {});
      empty.commentBefore = [node.commentBefore, node.comment].filter(Boolean).join('\n');
      document.setIn(section, empty);
    }
  }
  document.setIn(path, typeof value === 'object' && value !== null ? document.createNode(value) : value);
}

/** Removes a key; false when the document does not have it. */
export function unsetValue(document: Document, path: KeyPath): boolean {
  if (!isCollection(document.contents) || !document.hasIn(path)) return false;
  return document.deleteIn(path);
}

function checkIndex(length: number, index: string | number | undefined, section: KeyPath): void {
  const name = formatKeyPath(section);
  if (typeof index !== 'number') {
    throw new AiosError('invalid_argument', `${name} is a list; name an entry by its number: ${name}[0].`);
  }
  if (index > length) {
    throw new AiosError(
      'invalid_argument',
      `${name} has ${length} entries; the next one is ${name}[${length}].`,
    );
  }
}

function notASection(section: KeyPath): AiosError {
  return new AiosError(
    'invalid_argument',
    `${formatKeyPath(section)} is a value in the file and holds no keys.`,
  );
}
