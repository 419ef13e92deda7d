import { AiosError, type ChatMessage, type ChatRequest, toAiosError } from '@aios/protocol';
import type { Driver, DriverCall, DriverEmbedding, DriverReply } from '../../driver.ts';
import { cancellation } from '../cancellation.ts';
import { ThinkTags } from '../think-tags.ts';
import { begun, cannotChat, type WorkerSpec } from './errors.ts';
import type { ChatJob } from './messages.ts';
import type { ModelWorkers } from './model-workers.ts';

/** A driver for one model of this machine’s Hugging Face cache. */
export function createHuggingFaceDriver(spec: WorkerSpec, workers: ModelWorkers): Driver {
  return {
    chat: async (request, call) => {
      if (call.signal.aborted) throw cancellation(call.signal);
      const job = toJob(request);
      const { worker, model } = workers.of(spec);
      if (model.kind !== 'causal') throw cannotChat(spec);
      const reply = new Reply(call);
      try {
        const end = await worker.run(
          job,
          call.signal,
          (part) => part.event === 'text' && reply.add(part.text),
        );
        return { ...reply.finish(end), ...warningsOf(ignoredOf(request)) };
      } catch (error) {
        if (call.signal.aborted) throw cancellation(call.signal);
        throw reply.hasBegun ? begun(toAiosError(error)) : error;
      }
    },

    embed: async ({ texts, dimensions }, { signal }): Promise<DriverEmbedding> => {
      if (signal.aborted) throw cancellation(signal);
      const { worker } = workers.of(spec);
      const vectors: number[][] = [];
      try {
        const { inputTokens } = await worker.run({ kind: 'embed', texts }, signal, (part) => {
          if (part.event === 'vectors') vectors.push(...part.vectors);
        });
        return {
          vectors,
          usage: { inputTokens, outputTokens: 0, source: 'provider' },
          ...warningsOf({ dimensions }),
        };
      } catch (error) {
        throw signal.aborted ? cancellation(signal) : error;
      }
    },
  };
}

/** What was said so far; thinking is kept apart. */
class Reply {
  readonly #tags = new ThinkTags();
  readonly #emit: DriverCall['emit'];
  hasBegun = false;
  #text = '';
  #reasoning = '';

  constructor({ emit }: DriverCall) {
    this.#emit = emit;
  }

  add(piece: string): void {
    this.#take(this.#tags.add(piece));
  }

  finish({
    finishReason,
    inputTokens,
    outputTokens,
  }: Pick<DriverReply, 'finishReason'> & { inputTokens: number; outputTokens: number }): DriverReply {
    this.#take(this.#tags.finish());
    const reasoning = this.#reasoning;
    return {
      message: { role: 'assistant', content: this.#text, ...(reasoning !== '' && { reasoning }) },
      finishReason,
      usage: { inputTokens, outputTokens, source: 'provider' },
    };
  }

  #take({ reasoning, text }: { reasoning: string; text: string }): void {
    this.#reasoning += reasoning;
    this.#text += text;
    if (reasoning !== '') this.#send({ type: 'reasoning-delta', text: reasoning });
    if (text !== '') this.#send({ type: 'text-delta', text });
  }

  #send(chunk: { type: 'reasoning-delta' | 'text-delta'; text: string }): void {
    if (this.#emit === undefined) return;
    this.hasBegun = true;
    this.#emit(chunk);
  }
}

function toJob({ messages, reasoningEffort, ...request }: ChatRequest): ChatJob {
  const { maxTokens, temperature, topP, topK, seed, stop } = request;
  return {
    kind: 'chat',
    messages: messages.map(toTurn),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stop }),
    ...(reasoningEffort !== undefined && { thinks: reasoningEffort !== 'none' }),
  };
}

/** What a request asks for that a model of this machine is not told. */
function ignoredOf({ presencePenalty, frequencyPenalty, verbosity, user }: ChatRequest) {
  return { presencePenalty, frequencyPenalty, verbosity, user };
}

function warningsOf(settings: Record<string, unknown>): { metadata?: { warnings: string[] } } {
  const ignored = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (ignored.length === 0) return {};
  return { metadata: { warnings: ignored.map(([name]) => `unsupported: ${name}`) } };
}

/** Tools are emulated above the driver, so that their calls and results come as text. */
function toTurn(message: ChatMessage): ChatJob['messages'][number] {
  const { role, content } = message;
  if (role === 'tool')
    throw new AiosError('internal', 'A local model was sent the result of a tool as such.');
  if (typeof content === 'string') return { role, content };
  const text = content.map((part) => {
    if (part.type === 'text') return part.text;
    throw new AiosError(
      'invalid_argument',
      'Local Hugging Face models are run with text only. Ask a model of another provider about images.',
      { details: { provider: 'huggingface-local' } },
    );
  });
  return { role, content: text.join('\n') };
}
