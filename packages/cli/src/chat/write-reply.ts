import type { ChatChunk, ChatReply } from '@aios/protocol';
import type { Screen } from '../terminal/screen.ts';
import { formatCount, formatDuration, printable } from '../terminal/text.ts';
import { WordWrap } from '../terminal/word-wrap.ts';

interface ReplyWriter {
  /** Writes a piece of the reply as it comes. */
  chunk(chunk: ChatChunk): void;
  /** Ends the line. */
  end(): void;
  /** Ends it where the reply was cut off, without the beginning of a word. */
  cut(): void;
}

/** Writes a reply piece by piece: the answer to one screen, the model’s thinking, faint, to another. */
export function writeReply(answer: Screen, thinking: Screen): ReplyWriter {
  let last: 'nothing' | 'thinking' | 'answer' = 'nothing';
  const wraps = { thinking: wrapFor(thinking), answer: wrapFor(answer) };
  const endThinking = (): void => {
    thinking.piece(wraps.thinking.end(), 'faint');
    thinking.line('\n');
  };
  return {
    chunk: (chunk) => {
      if (chunk.type === 'reasoning-delta') {
        thinking.piece(wraps.thinking.push(chunk.text), 'faint');
        last = 'thinking';
      } else if (chunk.type === 'text-delta') {
        if (last === 'thinking') endThinking();
        answer.piece(wraps.answer.push(chunk.text));
        last = 'answer';
      }
    },
    end: () => {
      if (last === 'thinking') endThinking();
      if (last === 'answer') answer.line(printable(wraps.answer.end()));
    },
    cut: () => {
      if (last !== 'nothing') answer.line();
    },
  };
}

/** Lines are broken for people alone: what is piped on stays as it is. */
function wrapFor(screen: Screen): Pick<WordWrap, 'push' | 'end'> {
  return screen.isTerminal ? new WordWrap(screen.width) : { push: (text) => text, end: () => '' };
}

/** `gpt-5-mini (openai), 12 + 34 tokens, $0.0012, 1.24 s` */
export function usageLine(reply: ChatReply, durationMs: number): string {
  const { model, provider, usage, costUsd, finishReason, emulated = [] } = reply;
  const estimated = usage.source === 'estimate' ? ' (estimated)' : '';
  const parts = [
    `${model} (${provider})`,
    `${formatCount(usage.inputTokens)} + ${formatCount(usage.outputTokens)} tokens${estimated}`,
    ...(costUsd === undefined ? [] : [formatCost(costUsd)]),
    formatDuration(durationMs),
    ...(finishReason === 'length' ? ['cut off at the token limit'] : []),
    ...(finishReason === 'content_filter' ? ['stopped by the provider’s content filter'] : []),
    ...(emulated.length > 0 ? [`emulated: ${emulated.join(', ')}`] : []),
  ];
  return parts.join(', ');
}

/** US dollars with two digits that say something. */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0';
  return `$${usd >= 0.1 ? usd.toFixed(2) : usd.toFixed(Math.min(10, 1 - Math.floor(Math.log10(usd))))}`;
}
