import type { ChatMessage, ChatRequest } from '@aios/protocol';
import { type Passage, readToolResult, type ToolOutcome } from './passages.ts';

/** What the offline provider makes of a conversation. */
export interface Conversation {
  /** What the user wants to know. */
  question: string;
  /** Text beside the question that may be quoted. */
  given: Passage[];
  /** What tools answered since the question. */
  outcomes: ToolOutcome[];
  /** Names of the tools called since the question, in order. */
  calledTools: string[];
  /** What the calls since the question searched for. */
  queries: string[];
  lastIsToolResult: boolean;
}

const maxQuestionLength = 300;
const citationLine = /^\[([^\]\n]+?)(?::(\d+))?\]\s*/;

export function readConversation({ messages }: Pick<ChatRequest, 'messages'>): Conversation {
  const asked = messages.findLastIndex((message) => message.role === 'user');
  const before = messages.slice(0, Math.max(asked, 0));
  const since = messages.slice(asked + 1);
  const { question, context } = splitQuestion(textOf(messages[asked]));
  const calls = since.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
  return {
    question,
    given: [...before.flatMap(givenIn), ...paragraphs(context, 'your message', false)],
    outcomes: since.flatMap((message) =>
      message.role === 'tool' ? [readToolResult(textOf(message), message.toolName)] : [],
    ),
    calledTools: calls.map((call) => call.name),
    queries: calls.flatMap(({ arguments: { query } }) => (typeof query === 'string' ? [query] : [])),
    lastIsToolResult: messages.at(-1)?.role === 'tool',
  };
}

/** A message may be a question, or material with a question before or after it. */
function splitQuestion(text: string): { question: string; context: string } {
  const trimmed = text.trim();
  if (trimmed.length <= maxQuestionLength && !trimmed.includes('\n'))
    return { question: trimmed, context: '' };
  const lines = trimmed.split('\n').filter((line) => line.trim() !== '');
  const asking = lines.findLast((line) => line.length <= maxQuestionLength && line.trimEnd().endsWith('?'));
  const isShort = (line: string) => line.length <= maxQuestionLength;
  const announcing = lines.find((line) => isShort(line) && line.trimEnd().endsWith(':'));
  const question = asking ?? announcing ?? lines.findLast(isShort);
  if (question !== undefined) return { question: question.trim(), context: trimmed.replace(question, '') };
  const sentence =
    trimmed
      .match(/[^.!?]*\?/g)
      ?.at(-1)
      ?.trim() ?? trimmed;
  return { question: sentence.slice(-maxQuestionLength), context: trimmed };
}

function givenIn(message: ChatMessage): Passage[] {
  if (message.role === 'user') return paragraphs(textOf(message), 'an earlier message', false);
  if (message.role === 'system') return paragraphs(message.content, 'the instructions', true);
  return [];
}

/** Paragraphs, each with its own source where it begins with one, such as `[docs/a.md:12]`. */
function paragraphs(text: string, source: string, areInstructions: boolean): Passage[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '' && !(areInstructions && addressesReader(paragraph)))
    .map((paragraph) => {
      const cited = citationLine.exec(paragraph);
      if (cited?.[1] === undefined) return { text: paragraph, source };
      return {
        text: paragraph.slice(cited[0].length),
        source: cited[1],
        ...(cited[2] !== undefined && { startLine: Number(cited[2]) }),
      };
    });
}

/** What tells the model how to behave is no material to quote. */
function addressesReader(paragraph: string): boolean {
  return /\b(?:you|your)\b/i.test(paragraph) && !citationLine.test(paragraph);
}

function textOf(message: ChatMessage | undefined): string {
  if (message === undefined) return '';
  if (typeof message.content === 'string') return message.content;
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
