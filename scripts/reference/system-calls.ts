import { type Effect, type Resource, type SyscallName, syscallNames, syscalls } from '@aios/protocol';
import { z } from 'zod';
import { openApiDocument } from '../../packages/server/src/openapi/index.ts';
import { curlExample, exampleInput } from './example.ts';
import { generatedNotice, table } from './markdown.ts';
import { fieldsOf, type Schema, schema, typeText } from './schema-text.ts';

const effects: Readonly<Record<Effect, string>> = {
  read: 'changes nothing',
  write: 'changes the kernel’s own state',
  model: 'asks a model',
  external: 'may touch the outside world; never repeated by itself after a crash',
};
const resources: Readonly<Record<Resource, string>> = {
  none: 'runs at once',
  core: 'waits for a free core (LLM endpoint)',
  storage: 'waits for a storage slot',
  memory: 'waits for a memory slot',
  tool: 'waits for a tool slot',
};

const introduction = `# System calls

${generatedNotice}

Everything that an agent or a client does to AIOS is one of these calls. Over HTTP a call is
\`POST /api/syscalls/{name}\` with its input as JSON; the answer is its output as JSON, or a problem document
([errors](errors.md)). Each request carries the token of \`$AIOS_HOME/credentials\` as \`authorization: Bearer …\`.

- \`accept: text/event-stream\` streams: an event \`chunk\` for each partial result, then \`result\` or \`error\`.
- \`x-aios-deadline-ms: 5000\` fails the call with \`deadline_exceeded\` when it is not done in time.
- Closing the connection cancels the call.

The same calls go over the WebSocket \`/api/socket\`, many at a time. \`/api/openapi.json\` describes all of it for tools.`;

/** docs/reference/system-calls.md */
export function renderSystemCalls(): string {
  const families = Map.groupBy(syscallNames, (name) => name.split('.')[0] ?? name);
  const sections = [...families].map(
    ([family, names]) => `## ${family}\n\n${names.map(renderCall).join('\n\n')}`,
  );
  return `${[introduction, renderOverview(), ...sections].join('\n\n')}\n`;
}

function renderOverview(): string {
  const rows = syscallNames.map((name) => [
    `[\`${name}\`](#${name.replaceAll('.', '')})`,
    syscalls[name].summary,
  ]);
  return table(['Call', 'What it does'], rows);
}

function renderCall(name: SyscallName): string {
  const { summary, permission, resource, effect } = syscalls[name];
  const { input, output, chunk } = schemasOf(name);
  const target = permission.target ? `, its pattern matched against \`${permission.target}\`` : '';
  return [
    `### ${name}`,
    summary,
    [
      `- Permission: \`${permission.action}\`${target}`,
      `- Resource: ${resource} (${resources[resource]})`,
      `- Effect: ${effect} (${effects[effect]})`,
    ].join('\n'),
    renderInput(input),
    renderOutput('Output', output),
    ...(chunk ? [renderOutput('Each chunk', chunk)] : []),
    `\`\`\`sh\n${curlExample(name, exampleInput(name, input))}\n\`\`\``,
  ].join('\n\n');
}

function renderInput(input: Schema): string {
  const rows = fieldsOf(input).map((field) => [
    `\`${field.path}\``,
    field.type,
    field.default !== undefined ? `\`${JSON.stringify(field.default)}\`` : field.isRequired ? 'required' : '',
    field.description,
  ]);
  return rows.length === 0
    ? 'Input: none.'
    : `Input\n\n${table(['Field', 'Type', 'Default', 'Meaning'], rows)}`;
}

function renderOutput(title: string, output: Schema): string {
  const rows = fieldsOf(output).map(({ path, type, isRequired, description }) => [
    `\`${path}\``,
    isRequired ? type : `${type}, may be absent`,
    description,
  ]);
  if (rows.length > 0) return `${title}\n\n${table(['Field', 'Type', 'Meaning'], rows)}`;
  const variants = output.oneOf ?? output.anyOf;
  if (!variants) return `${title}: an empty object.`;
  return `${title}, one of\n\n${variants.map((variant) => `- \`${typeText(variant)}\``).join('\n')}`;
}

const components = z.record(z.string(), schema).parse(openApiDocument().components.schemas);

function schemasOf(name: SyscallName): { input: Schema; output: Schema; chunk: Schema | undefined } {
  const prefix = name
    .split('.')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  const {
    [`${prefix}Input`]: input = {},
    [`${prefix}Output`]: output = {},
    [`${prefix}Chunk`]: chunk,
  } = components;
  return { input, output, chunk };
}
