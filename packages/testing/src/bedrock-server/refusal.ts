import type { JsonObject } from '@aios/protocol';
import {
  listOf,
  objectOf,
  type Signatures,
  subschemas,
  textOf,
  type WireError,
} from '../wire-server/index.ts';
import { structuredFormat } from './request.ts';

const toolName = /^[a-zA-Z0-9_-]{1,64}$/;
const imageFormats = ['png', 'jpeg', 'gif', 'webp'];

/** What Bedrock refuses a Converse request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject, signatures: Signatures): WireError | undefined {
  const message =
    badSettings(objectOf(body.inferenceConfig), objectOf(body.additionalModelRequestFields)) ??
    badTools(body) ??
    badSchema(objectOf(structuredFormat(body).schema)) ??
    badMessages(listOf(body.messages), body.toolConfig !== undefined, signatures);
  return message === undefined ? undefined : { status: 400, message };
}

function badSettings(
  { temperature, topP, maxTokens }: JsonObject,
  { thinking }: JsonObject,
): string | undefined {
  for (const [name, value] of Object.entries({ temperature, topP })) {
    if (typeof value === 'number' && (value < 0 || value > 1)) {
      return `Value '${value}' at 'inferenceConfig.${name}' failed to satisfy constraint: Member must have value less than or equal to 1`;
    }
  }
  const { type, budget_tokens: budget } = objectOf(thinking);
  if (type !== 'enabled' && type !== 'adaptive') return undefined;
  if (temperature !== undefined && temperature !== 1) {
    return 'The model returned the following errors: `temperature` may only be set to 1 when thinking is enabled.';
  }
  if (typeof budget === 'number' && typeof maxTokens === 'number' && budget >= maxTokens) {
    return 'The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`.';
  }
  return undefined;
}

function badTools(body: JsonObject): string | undefined {
  if (body.toolConfig === undefined) return undefined;
  const { tools, toolChoice } = objectOf(body.toolConfig);
  const specifications = listOf(tools).map(({ toolSpec }) => objectOf(toolSpec));
  if (specifications.length === 0) return 'The toolConfig.tools field must hold at least one tool.';
  for (const [index, { name, inputSchema }] of specifications.entries()) {
    const at = `toolConfig.tools.${index}.member.toolSpec`;
    if (!toolName.test(textOf(name))) {
      return `Value '${textOf(name)}' at '${at}.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`;
    }
    if (objectOf(objectOf(inputSchema).json).type !== 'object') {
      return `The value at ${at}.inputSchema.json.type must be one of the following: object.`;
    }
  }
  const { tool } = objectOf(toolChoice);
  const wanted = objectOf(tool).name;
  if (tool === undefined || specifications.some(({ name }) => name === wanted)) return undefined;
  return `The tool ${textOf(wanted)} of toolConfig.toolChoice is not among the tools.`;
}

function badSchema(schema: JsonObject): string | undefined {
  const open = subschemas(schema).some(
    ({ schema }) => schema.type === 'object' && schema.additionalProperties !== false,
  );
  if (!open) return undefined;
  return "The model returned the following errors: output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false";
}

function badMessages(
  messages: readonly JsonObject[],
  hasTools: boolean,
  signatures: Signatures,
): string | undefined {
  if (messages.length === 0 || messages[0]?.role !== 'user') {
    return 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';
  }
  for (const [index, message] of messages.entries()) {
    const refused =
      badOrder(message, messages[index - 1]) ??
      badContent(message, index, hasTools) ??
      badResults(message, messages[index - 1], index) ??
      unanswered(message, messages[index + 1], index) ??
      badReasoning(message, index, signatures);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badOrder({ role }: JsonObject, before: JsonObject | undefined): string | undefined {
  if (role !== before?.role) return undefined;
  return 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.';
}

function badContent(message: JsonObject, index: number, hasTools: boolean): string | undefined {
  const blocks = listOf(message.content);
  if (blocks.length === 0) {
    return `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`;
  }
  for (const [place, { text, image, toolUse, toolResult }] of blocks.entries()) {
    const at = `messages.${index}.content.${place}`;
    if (text !== undefined && textOf(text).trim() === '') {
      return `The text field in the ContentBlock object at ${at} is blank. Add text to the text field, and try again.`;
    }
    if (image !== undefined && !imageFormats.includes(textOf(objectOf(image).format))) {
      return `Value at '${at}.image.format' failed to satisfy constraint: Member must satisfy enum value set: [${imageFormats.join(', ')}]`;
    }
    if (!hasTools && (toolUse !== undefined || toolResult !== undefined)) {
      return 'The toolConfig field must be defined when using toolUse and toolResult content blocks.';
    }
  }
  return undefined;
}

/** Each result needs its call in the message before. */
function badResults(message: JsonObject, before: JsonObject | undefined, index: number): string | undefined {
  const announced = idsOf(before, 'toolUse');
  if (idsOf(message, 'toolResult').every((id) => announced.includes(id))) return undefined;
  return `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`;
}

/** Each call needs its result in the message after. */
function unanswered(message: JsonObject, after: JsonObject | undefined, index: number): string | undefined {
  const answered = idsOf(after, 'toolResult');
  const missing = idsOf(message, 'toolUse').filter((id) => !answered.includes(id));
  if (missing.length === 0) return undefined;
  return `Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${missing.join(', ')}`;
}

/** Thoughts come back unchanged with the calls that they led to. */
function badReasoning(message: JsonObject, index: number, signatures: Signatures): string | undefined {
  const { reasoningContent } = listOf(message.content)[0] ?? {};
  const signature = textOf(objectOf(objectOf(reasoningContent).reasoningText).signature);
  if (!idsOf(message, 'toolUse').some((id) => signatures.isMissing(id, signature))) return undefined;
  return reasoningContent === undefined
    ? `The model returned the following errors: messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`.`
    : `The model returned the following errors: messages.${index}.content.0: Invalid \`signature\` in \`thinking\` block`;
}

function idsOf(message: JsonObject | undefined, type: 'toolUse' | 'toolResult'): string[] {
  return listOf(message?.content)
    .filter((block) => block[type] !== undefined)
    .map((block) => textOf(objectOf(block[type]).toolUseId));
}
