import type { Client } from '@aios/sdk';
import type { Screen } from '../terminal/screen.ts';
import { showModels } from '../terminal/show-models.ts';
import { padEnd } from '../terminal/text.ts';
import type { Conversation } from './conversation.ts';

interface Talk {
  readonly conversation: Conversation;
  readonly client: { llm: Pick<Client['llm'], 'models'> };
  readonly screen: Screen;
}

interface SlashCommand {
  readonly description: string;
  /** Answers `exit` to end the conversation. */
  run(argument: string, talk: Talk): Promise<'exit' | undefined>;
}

/** What can be typed beside questions. */
export const slashCommands: ReadonlyMap<string, SlashCommand> = new Map<string, SlashCommand>([
  ['/model', { description: 'NAME: the next question goes to this model', run: chooseModel }],
  ['/models', { description: 'list the models', run: listModels }],
  ['/clear', { description: 'forget the conversation', run: clear }],
  ['/help', { description: 'show this', run: help }],
  ['/exit', { description: 'end, as Ctrl-D and Ctrl-C do', run: async () => 'exit' }],
]);

/** Runs a line that begins with `/`. */
export async function runSlashCommand(line: string, talk: Talk): Promise<'exit' | undefined> {
  const [name = '', ...words] = line.split(/\s+/);
  const command = slashCommands.get(name);
  if (command !== undefined) return await command.run(words.join(' '), talk);
  talk.screen.prose(`There is no ${name}. There are: ${[...slashCommands.keys()].join(', ')}.`);
  return undefined;
}

async function chooseModel(argument: string, { conversation, client, screen }: Talk): Promise<undefined> {
  const { models } = await client.llm.models();
  const able = models.filter(({ capabilities }) => capabilities.includes('chat')).map(({ name }) => name);
  if (able.includes(argument)) {
    conversation.model = argument;
    screen.line(`The next question goes to ${screen.paint('heading', argument)}.`);
  } else {
    const problem = argument === '' ? 'Name a model.' : `No model that chats is called "${argument}".`;
    screen.prose(`${problem} There are: ${able.join(', ')}.`);
  }
}

async function listModels(_argument: string, { client, screen }: Talk): Promise<undefined> {
  showModels((await client.llm.models()).models, screen);
}

async function clear(_argument: string, { conversation, screen }: Talk): Promise<undefined> {
  conversation.clear();
  screen.line('The conversation begins anew.');
}

async function help(_argument: string, { screen }: Talk): Promise<undefined> {
  for (const [name, { description }] of slashCommands) screen.line(`${padEnd(name, 9)} ${description}`);
  screen.line('A line that ends with \\ goes on in the next. Ctrl-C cancels a reply.');
}
