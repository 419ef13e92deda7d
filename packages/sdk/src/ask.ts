import type { Message, SyscallRequest } from '@aios/protocol';
import type { Aios } from './aios.ts';

type Question = Omit<SyscallRequest<'message.send'>, 'isQuestion'> & {
  /** Milliseconds to wait for the reply; error `deadline_exceeded` after it. */
  timeoutMs?: number;
};

/** Sends a question to an agent, a process or a person and waits for the reply. */
export async function ask(aios: Pick<Aios, 'message'>, question: Question): Promise<Message> {
  const { timeoutMs, ...sent } = question;
  const { id } = await aios.message.send({ ...sent, isQuestion: true });
  return await aios.message.receive({ replyTo: id, ...(timeoutMs !== undefined && { timeoutMs }) });
}
