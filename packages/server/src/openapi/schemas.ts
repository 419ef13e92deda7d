import {
  clientFrame,
  jsonValue,
  kernelEvent,
  problem,
  type SyscallName,
  serverFrame,
  syscallNames,
  syscalls,
} from '@aios/protocol';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;
type Part = 'Input' | 'Output' | 'Chunk';

/** Name of a call’s schema among the components: `StorageWriteInput`. */
export function schemaName(name: SyscallName, part: Part): string {
  const words = name.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${part}`;
}

export function schemaRef(id: string): { $ref: string } {
  return { $ref: `#/components/schemas/${id}` };
}

/** Every schema of the protocol as JSON Schema 2020-12: what is sent as its sender writes it, answers as they arrive. */
export function componentSchemas(): Record<string, JsonSchema> {
  const sent = z.registry<{ id: string }>();
  const received = z.registry<{ id: string }>();
  for (const registry of [sent, received]) registry.add(jsonValue, { id: 'JsonValue' });
  for (const name of syscallNames) {
    const { input, output, chunk } = syscalls[name];
    sent.add(input, { id: schemaName(name, 'Input') });
    received.add(output, { id: schemaName(name, 'Output') });
    if (chunk) received.add(chunk, { id: schemaName(name, 'Chunk') });
  }
  sent.add(clientFrame, { id: 'ClientFrame' });
  received.add(serverFrame, { id: 'ServerFrame' });
  received.add(kernelEvent, { id: 'KernelEvent' });
  received.add(problem, { id: 'Problem' });
  return { ...toComponents(sent, 'input'), ...toComponents(received, 'output') };
}

function toComponents(registry: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output') {
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => schemaRef(id).$ref,
    override: ({ jsonSchema }) => simplify(jsonSchema),
  });
  const entries = Object.entries(schemas).map(([id, schema]) => {
    const { $id, $schema, ...rest } = schema;
    return [id, rest] as const;
  });
  return Object.fromEntries(entries);
}

/** Takes out what says nothing to a reader, and the ban on further fields, which would forbid answers to grow. */
function simplify(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  delete schema.propertyNames;
}
