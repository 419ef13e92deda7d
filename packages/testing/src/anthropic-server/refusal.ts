import type { JsonObject } from '@aios/protocol';
import {
  listOf,
  objectOf,
  type RecordedRequest,
  type Signatures,
  subschemas,
  textOf,
  type WireError,
} from '../wire-server/index.ts';
import { beyondNewerModel, refusesPrefill } from './newer-models.ts';
import { blocksOf, prefillOf } from './request.ts';

const toolName = /^[a-zA-Z0-9_-]{1,128}$/;
const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/** What Anthropic refuses a request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal({ body, headers }: RecordedRequest, signatures: Signatures): WireError | undefined {
  if ((body.thread ?? null) !== null) return noThreads;
  const message =
    badVersion(body, headers['anthropic-version']) ??
    beyondNewerModel(body) ??
    badSettings(body) ??
    badTools(body) ??
    badSchema(objectOf(objectOf(objectOf(body.output_config).format).schema)) ??
    badMessages(listOf(body.messages), signatures) ??
    badPrefill(body);
  return message === undefined ? undefined : { status: 400, message };
}

/** What it says where it cannot keep a conversation; its client then sends all of it. */
const noThreads: WireError = {
  status: 400,
  message: 'thread: this request cannot be threaded.',
  details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
};

// https://platform.claude.com/docs/en/api/versioning
function badVersion(body: JsonObject, version: string | string[] | undefined): string | undefined {
  if (version === '2023-06-01') return undefined;
  if (version === undefined) return 'anthropic-version: header is required';
  if (version !== '2026-10-21') return `anthropic-version: "${version}" is not a valid version`;
  const removed = ['temperature', 'top_p', 'top_k'].find((parameter) => body[parameter] !== undefined);
  return removed === undefined ? undefined : `${removed}: Extra inputs are not permitted`;
}

function badSettings(body: JsonObject): string | undefined {
  const thinking = objectOf(body.thinking);
  const forced = ['any', 'tool'].includes(textOf(objectOf(body.tool_choice).type));
  const { max_tokens: maxTokens, temperature } = body;
  if (typeof maxTokens !== 'number') return 'max_tokens: Field required';
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 1)) {
    return 'temperature: range: 0..1';
  }
  if (thinking.type !== 'enabled' && thinking.type !== 'adaptive') return undefined;
  if (forced) return 'Thinking may not be enabled when tool_choice forces tool use.';
  if (temperature !== undefined && temperature !== 1) {
    return '`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.';
  }
  if (thinking.type !== 'enabled') return undefined;
  const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 0;
  if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  return budget < maxTokens ? undefined : '`max_tokens` must be greater than `thinking.budget_tokens`.';
}

function badTools(body: JsonObject): string | undefined {
  const tools = listOf(body.tools);
  for (const [index, tool] of tools.entries()) {
    if (!toolName.test(textOf(tool.name))) {
      return `tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    }
    if (tool.type === undefined && objectOf(tool.input_schema).type !== 'object') {
      return `tools.${index}.custom.input_schema.type: Field required`;
    }
  }
  const { type, name } = objectOf(body.tool_choice);
  if (type === 'tool' && !tools.some((tool) => tool.name === name)) {
    return `Tool '${textOf(name)}' not found in provided tools`;
  }
  return undefined;
}

function badSchema(schema: JsonObject): string | undefined {
  const open = subschemas(schema).some(
    ({ schema }) => schema.type === 'object' && schema.additionalProperties !== false,
  );
  if (!open) return undefined;
  return "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false";
}

function badMessages(messages: readonly JsonObject[], signatures: Signatures): string | undefined {
  if (messages.length === 0) return 'messages: at least one message is required';
  for (const [index, message] of messages.entries()) {
    const refused =
      badContent(message, index) ??
      badResults(message, messages[index - 1], index) ??
      unanswered(message, messages[index + 1], index) ??
      badThinking(message, index, signatures);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badContent(message: JsonObject, index: number): string | undefined {
  if (!['user', 'assistant', 'system'].includes(textOf(message.role))) {
    return `messages.${index}.role: Input should be 'user', 'assistant' or 'system'`;
  }
  const blocks = blocksOf(message.content);
  if (blocks.length === 0) return `messages.${index}: all messages must have non-empty content`;
  for (const [place, block] of blocks.entries()) {
    const at = `messages.${index}.content.${place}`;
    if (block.type === 'text' && textOf(block.text) === '') {
      return `${at}.text: text content blocks must be non-empty`;
    }
    const source = objectOf(block.source);
    if (block.type !== 'image' || source.type !== 'base64') continue;
    if (!imageTypes.includes(textOf(source.media_type))) {
      return `${at}.image.source.base64.media_type: Input should be ${imageTypes.map((type) => `'${type}'`).join(', ')}`;
    }
  }
  return undefined;
}

// https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/prefill-claudes-response
function badPrefill(body: JsonObject): string | undefined {
  const begun = prefillOf(body);
  if (begun === undefined) return undefined;
  if (refusesPrefill(body)) {
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  }
  if (/\s$/.test(begun)) return 'messages: final assistant content cannot end with trailing whitespace';
  if (objectOf(body.thinking).type !== 'enabled') return undefined;
  return `messages.${listOf(body.messages).length - 1}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`text\`.`;
}

/** Each result needs its call in the message before. */
function badResults(message: JsonObject, before: JsonObject | undefined, index: number): string | undefined {
  const announced = idsOf(before, 'tool_use', 'id');
  for (const id of idsOf(message, 'tool_result', 'tool_use_id')) {
    if (announced.includes(id)) continue;
    return `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  return undefined;
}

/** Each call needs its result in the message after. */
function unanswered(message: JsonObject, after: JsonObject | undefined, index: number): string | undefined {
  const answered = idsOf(after, 'tool_result', 'tool_use_id');
  const missing = idsOf(message, 'tool_use', 'id').filter((id) => !answered.includes(id));
  if (missing.length === 0) return undefined;
  return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/** Thoughts come back unchanged with the calls that they led to. */
function badThinking(message: JsonObject, index: number, signatures: Signatures): string | undefined {
  const [first = {}] = blocksOf(message.content);
  const signature = first.type === 'thinking' ? textOf(first.signature) : '';
  if (first.type === 'thinking' && signature === '') {
    return `messages.${index}.content.0.thinking.signature: Field required`;
  }
  if (!idsOf(message, 'tool_use', 'id').some((id) => signatures.isMissing(id, signature))) return undefined;
  return first.type === 'thinking'
    ? `messages.${index}.content.0: Invalid \`signature\` in \`thinking\` block`
    : `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${textOf(first.type)}\`.`;
}

function idsOf(message: JsonObject | undefined, type: string, key: string): string[] {
  return blocksOf(message?.content)
    .filter((block) => block.type === type)
    .map((block) => textOf(block[key]));
}
