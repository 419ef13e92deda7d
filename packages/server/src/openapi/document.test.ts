import { syscallNames, syscalls } from '@aios/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApiDocument } from './document.ts';

/** As a client gets it. */
const document = JSON.parse(JSON.stringify(openApiDocument()));

function operationOf(name: string) {
  return document.paths[`/api/syscalls/${name}`].post;
}

test('the document is valid OpenAPI 3.1 and every reference in it leads somewhere', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe('3.1');
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(syscallNames.length);
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty([name ?? '']);
  expect(JSON.stringify(document)).not.toContain('"$ref":"#/$defs');
});

test.each(syscallNames)('%s is described as the table has it', (name) => {
  const operation = operationOf(name);
  expect(operation.operationId).toBe(name);
  expect(operation.summary).toBe(syscalls[name].summary);
  expect(operation['x-aios-permission']).toEqual(syscalls[name].permission);
  const { $ref } = operation.requestBody.content['application/json'].schema;
  const input = document.components.schemas[$ref.split('/').at(-1)];
  expect(Object.keys(input.properties)).toEqual(Object.keys(syscalls[name].input.shape));
});

test('inputs are described as a caller writes them and outputs as they arrive', () => {
  const { StorageWriteInput, StorageListInput, ProcessGetOutput } = document.components.schemas;
  expect(StorageWriteInput.required).toEqual(['path', 'content']);
  expect(StorageListInput.required).toBeUndefined();
  expect(StorageListInput.properties.limit).toMatchObject({
    type: 'integer',
    default: 1000,
    maximum: 10_000,
  });
  expect(ProcessGetOutput.required).toContain('budget');
});

test('a body is optional where every field is', () => {
  expect(operationOf('kernel.status').requestBody.required).toBe(false);
  expect(operationOf('storage.write').requestBody.required).toBe(true);
});

test('every error of the table is among the answers, and health alone needs no token', () => {
  const { responses } = operationOf('llm.chat');
  for (const status of [400, 401, 402, 403, 404, 409, 413, 415, 429, 499, 500, 503, 504]) {
    expect(responses[status].content).toHaveProperty(['application/problem+json']);
  }
  const open = Object.entries<{ get?: { security?: unknown } }>(document.paths).filter(
    ([, path]) => path.get?.security,
  );
  expect(open.map(([path]) => path).sort()).toEqual(['/healthz', '/readyz']);
});
