import type { ChatRequest } from '@aios/protocol';
import type { Core } from '../core.ts';
import type { DriverReply } from '../driver.ts';
import type { Sending } from '../routing/index.ts';
import { estimateRequestTokens } from '../tokens/index.ts';
import { canResume, Snapshot } from './snapshot.ts';

/** What the slot of the call can tell and wants to know. */
export interface SlicedCall {
  readonly onYield: (listener: () => void) => void;
  readonly progress: (used: { inputTokens: number; outputTokens: number }) => void;
}

/** A reply, or the part of it that came before the slot had to be given back. */
export type SliceReply = DriverReply & { readonly stoppedAt?: Snapshot };

/**
 * Asks a core for a reply, from the text of an earlier slice where there is one, until it is whole or the slot must be given
 * back. A generation that cannot be taken up again runs to its end.
 */
export async function askForSlice(
  core: Core,
  request: ChatRequest,
  earlier: string,
  sending: Sending<Parameters<Snapshot['take']>[0]>,
  { onYield, progress }: SlicedCall,
): Promise<SliceReply> {
  const continued = earlier === '' ? {} : { continueFrom: earlier };
  if (!canResume(request, core)) return await core.driver.chat(request, { ...sending, ...continued });

  const inputTokens = estimateRequestTokens(request);
  const snapshot = new Snapshot();
  const stopping = new AbortController();
  let mustYield = false;
  const stopWhereItCan = () => {
    if (mustYield && snapshot.isResumable) stopping.abort();
  };
  onYield(() => {
    mustYield = true;
    stopWhereItCan();
  });
  try {
    return await core.driver.chat(request, {
      ...continued,
      signal: AbortSignal.any([sending.signal, stopping.signal]),
      emit: (chunk) => {
        // What still comes after the stop is not part of the text from which it goes on.
        if (stopping.signal.aborted) return;
        snapshot.take(chunk);
        sending.emit?.(chunk);
        progress({ inputTokens, outputTokens: snapshot.outputTokens });
        stopWhereItCan();
      },
    });
  } catch (error) {
    if (!stopping.signal.aborted || sending.signal.aborted) throw error;
    return {
      message: { role: 'assistant', content: snapshot.text },
      finishReason: 'other',
      usage: { inputTokens, outputTokens: snapshot.outputTokens, source: 'estimate' },
      stoppedAt: snapshot,
    };
  }
}
