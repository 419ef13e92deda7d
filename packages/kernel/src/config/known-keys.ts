import { z } from 'zod';
import type { KeyPath } from './key-path.ts';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that zod writes for our schema. */
interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

const schemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    description: z.string().exactOptional(),
    properties: z.record(z.string(), schemaNode).exactOptional(),
    additionalProperties: z.union([z.boolean(), schemaNode]).exactOptional(),
    items: schemaNode.exactOptional(),
    anyOf: z.array(schemaNode).exactOptional(),
  }),
);

let root: SchemaNode | undefined;

function rootNode(): SchemaNode {
  root ??= schemaNode.parse(z.toJSONSchema(configSchema, { io: 'input' }));
  return root;
}

function childOf(node: SchemaNode | undefined, key: string | number): SchemaNode | undefined {
  if (node === undefined) return undefined;
  if (node.anyOf)
    return childOf(
      node.anyOf.find((option) => option.properties),
      key,
    );
  if (typeof key === 'number') return node.items;
  if (node.properties && Object.hasOwn(node.properties, key)) return node.properties[key];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

function nodeAt(path: KeyPath): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(childOf, rootNode());
}

/** What the schema says about a key. */
export function describeKey(path: KeyPath): string | undefined {
  return nodeAt(path)?.description;
}

/** The keys that a section knows; none where any key may stand. */
export function keysOf(section: KeyPath): string[] {
  return Object.keys(nodeAt(section)?.properties ?? {});
}

/** Paths in the data of keys that the schema does not know. */
export function unknownKeys(data: unknown): KeyPath[] {
  const found: KeyPath[] = [];
  const visit = (value: unknown, node: SchemaNode | undefined, path: KeyPath): void => {
    if (typeof value !== 'object' || value === null || node === undefined) return;
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) visit(item, node.items, [...path, at]);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const child = childOf(node, key);
      const isOpen = node.additionalProperties !== undefined || node.properties === undefined;
      if (child === undefined && !isOpen) found.push([...path, key]);
      else visit(item, child, [...path, key]);
    }
  };
  visit(data, rootNode(), []);
  return found;
}
