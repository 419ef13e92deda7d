import { z } from 'zod';
import { configSchema } from '../../packages/kernel/src/config/schema.ts';

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly additionalProperties?: SchemaNode | boolean | undefined;
  readonly items?: SchemaNode | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
}
const schemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), schemaNode).optional(),
    additionalProperties: z.union([z.boolean(), schemaNode]).optional(),
    items: schemaNode.optional(),
    anyOf: z.array(schemaNode).optional(),
  }),
);

/** The keys of a part of the schema, as the documentation writes them: `llms.models[].name`. */
function keysBelow(
  { properties = {}, additionalProperties, items, anyOf = [] }: SchemaNode,
  path: string,
): string[] {
  const named = Object.entries(properties).flatMap(([name, node]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const isSection = node.properties !== undefined || node.additionalProperties !== undefined;
    return isSection && path === '' ? keysBelow(node, key) : [key, ...keysBelow(node, key)];
  });
  const isMap = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0;
  const inMap = isMap ? [`${path}.<provider>`, ...keysBelow(additionalProperties, `${path}.<provider>`)] : [];
  const inList = items === undefined ? [] : keysBelow(items, `${path}[]`);
  return [...named, ...inMap, ...inList, ...anyOf.flatMap((option) => keysBelow(option, path))];
}

/** Entries of one form in several places, which the documentation lists once. */
const quotaEntry = /^quotas\.(?:(?:agents|users|tenants)\.<provider>|defaults\.[a-z]+)/;

/** Every key of the configuration. */
export const configKeys: readonly string[] = keysBelow(
  schemaNode.parse(z.toJSONSchema(configSchema, { io: 'input' })),
  '',
).map((key) => key.replace(quotaEntry, 'quotas.<scope>.<name>'));
