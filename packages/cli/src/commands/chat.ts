import { text as readAll } from 'node:stream/consumers';
import { Conversation } from '../chat/conversation.ts';
import { talk } from '../chat/talk.ts';
import { usageLine, writeReply } from '../chat/write-reply.ts';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { openClient } from '../open-client.ts';
import { createOutput, type Output } from '../terminal/output.ts';

export interface ChatOptions extends CommonOptions {
  model?: string;
  system?: string;
}

/** A conversation where somebody sits at the terminal and no text is given, else one question and its answer. */
export async function chat(words: readonly string[], options: ChatOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const isTalk = words.length === 0 && process.stdin.isTTY === true;
  if (isTalk && output.json) {
    throw new CommandFailure('With --json give the text, or pipe it into aios chat.', exitCodes.usage);
  }
  const question = isTalk ? '' : await readQuestion(words);
  await using client = await openClient(options);
  const conversation = new Conversation(client, options);
  if (isTalk) {
    await talk(conversation, client, output.screen);
    return exitCodes.ok;
  }
  return await answerOnce(conversation, question, output);
}

async function readQuestion(words: readonly string[]): Promise<string> {
  const question = words.length > 0 ? words.join(' ') : await readAll(process.stdin);
  if (question.trim() !== '') return question;
  throw new CommandFailure(
    'There is no text. Give it as an argument, or pipe it into aios chat.',
    exitCodes.usage,
  );
}

/** The answer alone goes to standard output, so that it can be piped on. */
async function answerOnce(conversation: Conversation, question: string, output: Output): Promise<ExitCode> {
  using interrupt = watchInterrupt();
  const startedAt = performance.now();
  const writer = output.json ? undefined : writeReply(output.screen, output.aside);
  try {
    const reply = await conversation.ask(question, { signal: interrupt.signal, onChunk: writer?.chunk });
    writer?.end();
    output.result(reply, () => {
      output.aside.line(output.aside.paint('faint', usageLine(reply, performance.now() - startedAt)));
    });
    return exitCodes.ok;
  } catch (error) {
    writer?.cut();
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw error;
  }
}
