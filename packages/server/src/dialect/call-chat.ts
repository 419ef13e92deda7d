import type { Session } from '@aios/kernel';
import type { ChatChunk, ChatReply, SyscallRequest, WindowReport } from '@aios/protocol';
import type { FastifyReply } from 'fastify';

/** A piece of what the model says. */
export type ReplyChunk = Exclude<ChatChunk, { type: 'context-fitted' }>;

interface ChatCallOptions {
  readonly signal: AbortSignal;
  readonly onChunk?: (chunk: ReplyChunk) => void;
}

/**
 * Asks a model. What the kernel did to make the conversation fit its window is told in the header `x-aios-context`, for no
 * vendor’s format has a place for it; not where the response had begun before that was known.
 */
export async function callChat(
  session: Session,
  reply: FastifyReply,
  input: SyscallRequest<'llm.chat'>,
  { signal, onChunk }: ChatCallOptions,
): Promise<ChatReply> {
  const answer = await session.call('llm.chat', input, {
    signal,
    ...(onChunk && {
      onChunk: (chunk: ChatChunk) => {
        if (chunk.type === 'context-fitted') tell(reply, chunk.context);
        else onChunk(chunk);
      },
    }),
  });
  if (answer.context !== undefined) tell(reply, answer.context);
  return answer;
}

function tell(reply: FastifyReply, report: WindowReport): void {
  if (reply.raw.headersSent) return;
  const { tokensBefore, tokensAfter, superseded, paged, summarised, truncated, shortened } = report;
  const counts = { superseded, paged: paged.length, summarised, truncated, shortened };
  const done = Object.entries(counts).filter(([, count]) => count > 0);
  const fields = [['tokens-before', tokensBefore], ['tokens-after', tokensAfter], ...done];
  reply.header('x-aios-context', fields.map(([name, value]) => `${name}=${value}`).join(', '));
}
