import { AiosError } from '@aios/protocol';
import { type Check, failed, notOffered, passed } from '../check.ts';

const maxCancellationMs = 1000;

export const streamedReply: Check = {
  name: 'streamed reply',
  needs: 'stream',
  async run(subject) {
    const startedAt = performance.now();
    const pieces: string[] = [];
    let firstMs = 0;
    const { message } = await subject.ask(
      'Count from one to twenty in words.',
      {},
      {
        onChunk: (chunk) => {
          if (firstMs === 0) firstMs = performance.now() - startedAt;
          if (chunk.type === 'text-delta') pieces.push(chunk.text);
        },
      },
    );
    const wholeMs = performance.now() - startedAt;
    if (pieces.length < 2) return failed(`the text came in ${pieces.length} pieces instead of several`);
    if (pieces.join('') !== message.content) return failed('the pieces do not make up the reply');
    return passed(
      `${pieces.length} pieces, the first after ${Math.round(firstMs)} of ${Math.round(wholeMs)} ms`,
    );
  },
};

export const cancellation: Check = {
  name: 'cancellation',
  needs: 'stream',
  async run(subject) {
    const stop = new AbortController();
    let stoppedAt: number | undefined;
    const onChunk = () => {
      stoppedAt ??= performance.now();
      stop.abort();
    };
    try {
      await subject.ask(
        'Count from one to three hundred in words, without leaving one out.',
        {},
        { signal: stop.signal, onChunk },
      );
    } catch (error) {
      if (!AiosError.isInstance(error) || error.code !== 'cancelled' || stoppedAt === undefined) throw error;
      const ms = Math.round(performance.now() - stoppedAt);
      return ms < maxCancellationMs
        ? passed(`ended after ${ms} ms`)
        : failed(`the call ended ${ms} ms after it was cancelled`);
    }
    return stoppedAt === undefined
      ? notOffered('no piece of the reply came before its end')
      : failed('the call was cancelled in the middle and came to its end all the same');
  },
};
