import type { ChatMessage } from '@aios/protocol';
import { cutText, textOf } from './references.ts';

/** Longer messages are cut in the middle: a summary keeps none of it anyway. */
const longestMessage = 6000;
const bytesPerWindowToken = 2;

/**
 * Messages as a text to be summarised, in parts of which each fits into a window of so many tokens with room to spare: of
 * no language is a token less than two bytes on average.
 */
export function transcriptsOf(messages: readonly ChatMessage[], windowTokens: number): string[] {
  const most = windowTokens * bytesPerWindowToken;
  const parts: string[] = [];
  let part = '';
  for (const message of messages) {
    const lines = `${linesOf(message)}\n\n`;
    if (part !== '' && Buffer.byteLength(part) + Buffer.byteLength(lines) > most) {
      parts.push(part);
      part = '';
    }
    part += lines;
  }
  return part === '' ? parts : [...parts, part];
}

function linesOf(message: ChatMessage): string {
  const text = textOf(message.content) ?? '[images or files]';
  const said = text.length > longestMessage ? cutText(text, longestMessage) : text;
  if (message.role === 'tool') return `Result of ${message.toolName}:\n${said}`;
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
  const called = calls.map((call) => {
    const given = JSON.stringify(call.arguments);
    return `Called ${call.name} with ${given.length > longestMessage ? cutText(given, longestMessage) : given}`;
  });
  return [`${speakers[message.role]}: ${said}`, ...called].join('\n');
}

const speakers = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' } as const;
