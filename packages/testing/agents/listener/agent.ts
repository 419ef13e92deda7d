// Listens to signals: puts things in order when it is told to end, returns its messages when it has enough of them.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'listener',
  runtime: 'inline',
  permissions: ['process.*'],
  input: z
    .object({ messages: z.number().default(Number.MAX_SAFE_INTEGER) })
    .default({ messages: Number.MAX_SAFE_INTEGER }),
  async run({ messages }, aios, { signal, onSignal }) {
    const heard: string[] = [];
    const enough = Promise.withResolvers<void>();
    onSignal((told) => {
      heard.push(`${told.signal}: ${JSON.stringify(told.message)}`);
      if (heard.length >= messages) enough.resolve();
    });
    // Being told to end cancels one call, whether it was under way or is the next: the others are answered.
    const cancellable = (text: string) => aios.process.log({ text }).catch(() => undefined);
    await cancellable('listening');
    signal.addEventListener('abort', () => enough.resolve(), { once: true });
    if (signal.aborted) enough.resolve();
    await enough.promise;
    if (signal.aborted) await cancellable('ending');
    await aios.process.log({ text: `heard ${heard.join(', ')}` });
    return heard;
  },
});
