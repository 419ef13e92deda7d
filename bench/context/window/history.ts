import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatMessage } from '@aios/protocol';
import { z } from 'zod';

const program = z.object({ calls: z.array(z.tuple([z.number(), z.number()])) });
const turn = z.object({ speaker: z.string(), text: z.string() });
const conversation = z.object({ conversation: z.record(z.string(), z.unknown()) });

/** What a model said, with what was called and what came back: the calls of agents in the order in which they were made. */
export interface RecordedHistory {
  readonly messages: readonly ChatMessage[];
  /** How many messages there were when the model was asked, for each time that it was. */
  readonly turns: readonly number[];
}

/**
 * A long history of an agent: one recorded program after the other (traces/agent-programs.jsonl, lengths of each call’s new
 * input and of its output), in words that people said to each other (LoCoMo), until it has so many characters. Every
 * third call asks a tool what it asked before.
 */
export async function readHistory(folder: string, characters: number): Promise<RecordedHistory> {
  const words = await readWords(join(folder, 'locomo'));
  const lines = (await readFile(join(folder, 'traces', 'agent-programs.jsonl'), 'utf8')).trim().split('\n');
  let at = 0;
  const take = (tokens: number) => {
    const length = Math.max(8, tokens * 4);
    if (at + length > words.length) at = 0;
    at += length;
    return words.slice(at - length, at);
  };
  const messages: ChatMessage[] = [{ role: 'system', content: take(1500) }];
  const turns: number[] = [];
  let size = 0;
  for (const [number, line] of lines.entries()) {
    for (const [index, [input, output]] of program.parse(JSON.parse(line)).calls.entries()) {
      const isFirst = index === 0;
      const id = `call-${number}-${index - 1}`;
      messages.push(
        isFirst
          ? { role: 'user', content: take(input) }
          : { role: 'tool', toolCallId: id, toolName: 'look_up', content: take(input) },
      );
      turns.push(messages.length);
      const query = index % 3 === 0 ? 'the usual' : take(8);
      const toolCalls = [{ id: `call-${number}-${index}`, name: 'look_up', arguments: { query } }];
      messages.push({ role: 'assistant', content: take(output), toolCalls });
      size += (input + output) * 4;
    }
    // The last call of a program was its answer.
    const last = messages.pop();
    if (last !== undefined) messages.push({ role: 'assistant', content: last.content as string });
    if (size > characters) break;
  }
  return { messages, turns };
}

async function readWords(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const said = texts.flatMap((text) =>
    Object.values(conversation.parse(JSON.parse(text)).conversation).flatMap((session) =>
      Array.isArray(session) ? session.map((one) => turn.parse(one)) : [],
    ),
  );
  return said.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n');
}
