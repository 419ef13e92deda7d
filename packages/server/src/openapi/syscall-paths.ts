import { type SyscallName, syscallNames, syscalls } from '@aios/protocol';
import { deadlineHeader, syscallPath } from '../native/index.ts';
import { problemResponses } from './responses.ts';
import { schemaName, schemaRef } from './schemas.ts';

const deadlineParameter = {
  name: deadlineHeader,
  in: 'header',
  description: 'Milliseconds from now after which the call fails with deadline_exceeded',
  schema: { type: 'integer', minimum: 1 },
};

/** The path of every system call, from the table. */
export function syscallPaths(): Record<string, object> {
  return Object.fromEntries(
    syscallNames.map((name) => [`${syscallPath}/${name}`, { post: operation(name) }]),
  );
}

function operation(name: SyscallName): object {
  const { summary, input, permission, resource, effect } = syscalls[name];
  const needsInput = !input.safeParse({}).success;
  return {
    operationId: name,
    tags: [name.split('.')[0]],
    summary,
    parameters: [deadlineParameter],
    requestBody: {
      required: needsInput,
      content: { 'application/json': { schema: schemaRef(schemaName(name, 'Input')) } },
    },
    responses: {
      200: { description: 'The output of the call', content: outputContent(name) },
      ...problemResponses(),
    },
    'x-aios-permission': permission,
    'x-aios-resource': resource,
    'x-aios-effect': effect,
  };
}

function outputContent(name: SyscallName): object {
  const output = schemaName(name, 'Output');
  const chunks = syscalls[name].chunk
    ? `Events "chunk" (each a ${schemaName(name, 'Chunk')}), then "result"`
    : 'One event, "result"';
  return {
    'application/json': { schema: schemaRef(output) },
    'text/event-stream': {
      schema: { type: 'string', description: `${chunks} (a ${output}) or "error" (a Problem).` },
    },
  };
}
