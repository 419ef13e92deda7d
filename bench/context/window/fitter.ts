import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, EventBus } from '@aios/kernel';
import { type ChatMessage, permission, tenantId, userId } from '@aios/protocol';
import { createPolicy } from '../../../packages/kernel/src/access/index.ts';
import { configSchema } from '../../../packages/kernel/src/config/index.ts';
import { createWindow } from '../../../packages/kernel/src/context/index.ts';
import { openDatabase } from '../../../packages/kernel/src/database/index.ts';
import { TokenCounter, Tokenizers } from '../../../packages/kernel/src/llm/tokens/index.ts';

/** What is written where a summary is wanted: as long as one may be. */
const summary = 'They looked things up and agreed on what to do next. '.repeat(60);

export interface Fitter extends AsyncDisposable {
  /** As a call of `llm.chat` does it, from the messages as they were parsed to those that are sent. */
  fit(messages: ChatMessage[], windowTokens: number): Promise<ChatMessage[]>;
}

/** The kernel’s window on a database on disk, for a model with a published tokenizer. Summaries come at once. */
export async function createFitter(): Promise<Fitter> {
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-window-'));
  await using starting = new AsyncDisposableStack();
  starting.defer(() => rm(home, { recursive: true, force: true }));
  const logger = createLogger('silent');
  const database = starting.use(await openDatabase({ home, logger }));
  const { context: settings } = configSchema.parse({});
  const window = starting.use(
    createWindow({ database, settings: () => settings, events: new EventBus(), logger }),
  );
  const counter = new TokenCounter(new Tokenizers(), { kind: 'openai', encoding: 'o200k_base' });
  const { signal } = new AbortController();
  const context = {
    call: 'benchmark',
    caller: {
      tenant: tenantId.parse('default'),
      user: userId.parse('operator'),
      policy: createPolicy([[permission.parse('*')]]),
    },
    signal,
    // Only llm.chat is called behind, of whose output the text is read.
    invokeBehind: async () => ({ message: { role: 'assistant', content: summary } }) as never,
  };
  const running = starting.move();
  return {
    async fit(messages, windowTokens) {
      const request = { messages };
      const counts = await counter.counts(request, signal);
      const fitted = await window.fit({
        request,
        model: 'benchmark',
        windowTokens,
        counts,
        context,
        mayAsk: true,
      });
      return fitted.messages;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
