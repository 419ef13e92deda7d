import { hash } from 'node:crypto';
import type { ChatMessage } from '@aios/protocol';

// The words that stand in a history for what was taken out of it. They depend on what was taken out alone, so that every
// node and every later turn writes the same.

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/** A result of a tool that was moved out. */
export interface Page {
  /** Of its content, so that the same result is the same page. */
  readonly id: string;
  readonly toolName: string;
  readonly text: string;
}

const excerptCharacters = 240;

export const supersededNote =
  '[Left out: the same was called again later, and the newer result stands there.]';

/** The result as a page; undefined for one that is not text alone. */
export function pageOf({ toolName, content }: ToolMessage): Page | undefined {
  const text = textOf(content);
  if (text === undefined) return undefined;
  return { id: `page-${hash('sha256', `${toolName}\0${text}`).slice(0, 24)}`, toolName, text };
}

/** What stands in place of a page. */
export function referenceTo({ id, text }: Page): string {
  const excerpt = text.slice(0, excerptCharacters).trimEnd();
  return (
    `[Moved out of the context: ${text.length} characters. Read them, in parts if need be, with the system call ` +
    `context.page {"id": "${id}"}. They begin:]\n${excerpt}…`
  );
}

export function leftOutNote(messages: number): string {
  return `[${messages} earlier messages were left out here.]`;
}

export function summaryNote(summary: string): string {
  return `[Summary of the earlier conversation, whose messages were taken out:]\n${summary}`;
}

/** The beginning and the end of a text, in about so many characters. */
export function cutText(text: string, characters: number): string {
  const kept = Math.max(0, Math.min(text.length, characters));
  const head = Math.ceil((kept * 2) / 3);
  const tail = kept - head;
  const end = tail === 0 ? '' : text.slice(-tail);
  return `${text.slice(0, head)}\n[… ${text.length - kept} characters were left out here …]\n${end}`;
}

/** The text of a content; undefined where it holds more than text. */
export function textOf(content: ChatMessage['content']): string | undefined {
  if (typeof content === 'string') return content;
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === content.length ? texts.join('\n') : undefined;
}
