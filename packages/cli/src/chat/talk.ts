import { AiosError, type ModelDescription } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { watchInterrupt } from '../interrupt.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Conversation } from './conversation.ts';
import { PromptLine } from './prompt-line.ts';
import { runSlashCommand, slashCommands } from './slash-commands.ts';
import { usageLine, writeReply } from './write-reply.ts';

/** Talks until the person at the terminal ends it: with /exit, Ctrl-D or, at the prompt, Ctrl-C. */
export async function talk(conversation: Conversation, client: Client, screen: Screen): Promise<void> {
  const models = await listModels(client);
  greet(conversation, models, screen);
  const prompt = new PromptLine(async (line) => complete(line, await listModels(client)));
  for (;;) {
    const line = await prompt.read(screen.paint('heading', '› '));
    if (line === undefined) return;
    const text = line.trim();
    if (text.startsWith('/')) {
      if ((await runSlashCommand(text, { conversation, client, screen })) === 'exit') return;
    } else if (text !== '') {
      await askAndShow(conversation, text, screen);
    }
  }
}

async function listModels(client: Client): Promise<ModelDescription[]> {
  return (await client.llm.models()).models;
}

function greet(conversation: Conversation, models: readonly ModelDescription[], screen: Screen): void {
  const used = models.find(({ name, isDefault }) =>
    conversation.model === undefined ? isDefault : name === conversation.model,
  );
  screen.line(
    `Talking to ${screen.paint('heading', used?.name ?? conversation.model ?? 'the default model')}. /help shows what else you can type.`,
  );
  if (used?.notice !== undefined) screen.prose(used.notice, 'warning');
}

/** An error is shown and the conversation goes on. */
async function askAndShow(conversation: Conversation, text: string, screen: Screen): Promise<void> {
  using interrupt = watchInterrupt();
  const startedAt = performance.now();
  const writer = writeReply(screen, screen);
  try {
    const reply = await conversation.ask(text, { signal: interrupt.signal, onChunk: writer.chunk });
    writer.end();
    screen.line(screen.paint('faint', usageLine(reply, performance.now() - startedAt)));
  } catch (error) {
    writer.cut();
    if (interrupt.signal.aborted) {
      screen.line(screen.paint('warning', 'Cancelled.'));
      return;
    }
    if (!AiosError.isInstance(error)) throw error;
    screen.line(screen.paint('bad', 'That failed. Try again, or another model with /model.'));
    screen.prose(error.message);
  }
}

/** What Tab makes of the line: a command, or the name of a model after /model. */
function complete(line: string, models: readonly ModelDescription[]): string[] {
  const words = line.startsWith('/model ')
    ? models.map(({ name }) => `/model ${name}`)
    : [...slashCommands.keys()];
  return words.filter((word) => word.startsWith(line));
}
