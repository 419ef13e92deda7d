import { PassThrough } from 'node:stream';
import type { ModelDescription } from '@aios/protocol';
import { expect, test } from 'vitest';
import { Screen } from '../terminal/screen.ts';
import { Conversation } from './conversation.ts';
import { runSlashCommand } from './slash-commands.ts';

const model = (name: string, capabilities: ModelDescription['capabilities']): ModelDescription => ({
  name,
  provider: 'p',
  isDefault: name === 'small',
  capabilities,
  concurrency: 1,
  running: 0,
  queued: 0,
});

function setUp() {
  const unasked = async () => {
    throw new Error('not asked for');
  };
  const models = [model('small', ['chat']), model('large', ['chat', 'tools']), model('vectors', ['embed'])];
  const client = { llm: { chat: unasked, models: async () => ({ models }) } };
  const stream = new PassThrough();
  const conversation = new Conversation(client, {});
  return {
    conversation,
    run: (line: string) => runSlashCommand(line, { conversation, client, screen: new Screen(stream) }),
    shown: () => String(stream.read() ?? ''),
  };
}

test('/model switches to a model that chats, and names those when it is none', async () => {
  const { conversation, run, shown } = setUp();
  await run('/model large');
  expect(conversation.model).toBe('large');
  shown();
  for (const line of ['/model huge', '/model vectors', '/model']) {
    await run(line);
    expect(shown()).toContain('There are: small, large.');
  }
  expect(conversation.model).toBe('large');
});

test('/models shows the default; /exit ends; what is no command is said', async () => {
  const { run, shown } = setUp();
  await run('/models');
  expect(shown()).toMatch(/\n\* +small .*\n +large +p .* t /);
  expect(await run('/exit')).toBe('exit');
  expect(await run('/leave')).toBeUndefined();
  expect(shown()).toMatch(/no \/leave.*\/exit/);
});
