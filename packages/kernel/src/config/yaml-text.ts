import { type Document, isAlias, isMap, isNode, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { KeyPath } from './key-path.ts';
import { type ConfigProblem, type Position, problemAt } from './problem.ts';

/** Far more than any configuration needs; keeps a wrong file from holding the kernel up. */
const maxBytes = 256 * 1024;
const maxAliases = 100;
/** One slip often looks like many further down. */
const maxSyntaxProblems = 5;

/** A parsed YAML file that still knows its comments and where everything stands. */
export interface YamlText {
  readonly document: Document;
  /** Plain data; undefined for a file of comments only. */
  readonly data: unknown;
  /** Where the value of a key stands, or the key itself; the nearest parent for one that is missing. */
  positionOf(path: KeyPath, which?: 'key' | 'value'): Position;
  readonly problems: readonly ConfigProblem[];
}

/** What the codes of the yaml library mean. Its own messages may quote the file, which holds keys of providers. */
const meanings: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) can have no anchor or tag',
  BAD_ALIAS: 'a value that begins with * refers to an anchor, and there is none; put the value in quotes',
  BAD_COLLECTION_TYPE: 'the tag does not fit the value; remove it',
  BAD_DIRECTIVE: 'a line that begins with % is no valid directive; put the value in quotes',
  BAD_DQ_ESCAPE: 'a backslash in double quotes is no valid escape; use single quotes or double it',
  BAD_INDENT: 'the indentation does not fit the lines above; indent the keys of one section alike',
  BAD_SCALAR_START: 'the value begins with a reserved character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys on one line; put each on its own',
  BLOCK_IN_FLOW: 'a block inside [ ] or { }; close the bracket first',
  DUPLICATE_KEY: 'the key stands twice in its section; keep one',
  MISSING_CHAR: 'a character is missing, such as a closing quote, a bracket or a comma',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a ":" or a quote missing?',
  MULTIPLE_DOCS: 'only one document is allowed; remove the --- line',
  NON_STRING_KEY: 'a key must be plain text',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  TAB_AS_INDENT: 'a tab indents the line; use spaces',
  TAG_RESOLVE_FAILED: 'a value that begins with ! is a tag that is not known; put the value in quotes',
  UNEXPECTED_TOKEN: 'something unexpected stands here; check quotes, brackets and indentation',
};

/** The text of a file, or why it is none. */
export function decodeText(source: string, bytes: Uint8Array): string | ConfigProblem {
  if (bytes.length > maxBytes) {
    return problemAt(source, undefined, [], `is over ${maxBytes / 1024} KB, which is no configuration`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return problemAt(source, undefined, [], 'is not UTF-8 text; save it as UTF-8');
  }
}

/** The text of a configuration file, or why it is none. */
export function decodeFile(source: string, bytes: Uint8Array): string | ConfigProblem {
  const text = decodeText(source, bytes);
  if (typeof text !== 'string' || text.trim() !== '') return text;
  return problemAt(
    source,
    undefined,
    [],
    'is empty; delete it to get one with the defaults at the next start',
  );
}

/** Parses the text; what is wrong with it stands in `problems`. */
export function parseYaml(source: string, text: string): YamlText {
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      merge: true,
    });
    const problems = [...document.errors, ...document.warnings]
      .slice(0, maxSyntaxProblems)
      .map(({ code, pos }) =>
        problemAt(source, place(pos[0]), [], meanings[code] ?? 'is no valid YAML here'),
      );
    return {
      document,
      problems,
      data: problems.length > 0 ? undefined : (document.toJS({ maxAliasCount: maxAliases }) ?? undefined),
      positionOf: (path, which = 'value') => place(offsetOf(document, path, which)),
    };
  } catch (error) {
    // The library throws where aliases multiply (ReferenceError) or nesting exhausts the stack (RangeError).
    const message =
      error instanceof ReferenceError
        ? 'its aliases (*name) multiply beyond reason; write the values out'
        : 'the file is nested too deeply';
    return {
      document: parseDocument(''),
      problems: [problemAt(source, undefined, [], message)],
      data: undefined,
      positionOf: () => ({ line: 1, column: 1 }),
    };
  }
}

function offsetOf(document: Document, path: KeyPath, which: 'key' | 'value'): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [at, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const child = childOf(node, key);
    if (child === undefined) break;
    node = child.value;
    const wanted = which === 'key' && at === path.length - 1 ? child.key : child.value;
    offset = (wanted ?? child.key)?.range?.[0] ?? offset;
  }
  return offset;
}

function childOf(
  node: Node | null | undefined,
  key: string | number,
): { key: Node | undefined; value: Node | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isNode(item.key) && String(item.key.toJSON()) === String(key));
    if (pair === undefined) return undefined;
    return {
      key: isNode(pair.key) ? pair.key : undefined,
      value: isNode(pair.value) && pair.value.range?.[0] !== pair.value.range?.[1] ? pair.value : undefined,
    };
  }
  if (isSeq(node) && typeof key === 'number') {
    const item = node.items[key];
    return isNode(item) ? { key: undefined, value: item } : undefined;
  }
  return undefined;
}
