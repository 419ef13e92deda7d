import type { ChatReply } from '@aios/protocol';
import type { DialectStream, ReplyChunk } from '../../dialect/index.ts';
import type { ReplyIdentity } from '../identity.ts';
import { usageOf } from '../usage.ts';
import { finishReasonOf } from './completion.ts';

export interface ChunkOptions {
  readonly identity: ReplyIdentity;
  /** The client speaks of functions, as before there were tools. */
  readonly isOld: boolean;
  /** The client asked for a chunk of usage at the end; else usage is on the chunk that finishes. */
  readonly includeUsage: boolean;
}

/** Writes the chunks of one stream. What is the same in all of them is made once. */
export class ChunkWriter {
  readonly #stream: DialectStream;
  readonly #head: string;
  readonly #tail: string;

  constructor(
    stream: DialectStream,
    { identity, includeUsage }: Pick<ChunkOptions, 'identity' | 'includeUsage'>,
  ) {
    const { id, created, model } = identity;
    const fields = { id, object: 'chat.completion.chunk', created, model };
    this.#stream = stream;
    this.#head = `data: ${JSON.stringify({ ...fields, service_tier: 'default', system_fingerprint: null }).slice(0, -1)}`;
    this.#tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  }

  delta(index: number, delta: object): void {
    this.#stream.send(
      `${this.#head},"choices":[{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":null}]${this.#tail}`,
    );
  }

  finish(index: number, reason: string, usage: object | undefined): void {
    const tail = usage === undefined ? this.#tail : `,"usage":${JSON.stringify(usage)}}\n\n`;
    this.#stream.send(
      `${this.#head},"choices":[{"index":${index},"delta":{},"logprobs":null,"finish_reason":"${reason}"}]${tail}`,
    );
  }

  usage(usage: object): void {
    this.#stream.send(`${this.#head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`);
  }

  done(): void {
    this.#stream.send('data: [DONE]\n\n');
  }
}

/** One choice of a stream: turns the kernel’s pieces into deltas, one into one. */
export class ChoiceStream {
  readonly #writer: ChunkWriter;
  readonly #index: number;
  readonly #isOld: boolean;
  /** Places of the tool calls by their ids. */
  readonly #calls = new Map<string, number>();
  #begun = false;

  constructor(writer: ChunkWriter, index: number, isOld: boolean) {
    this.#writer = writer;
    this.#index = index;
    this.#isOld = isOld;
  }

  take(chunk: ReplyChunk): void {
    this.#begin();
    const delta = this.#deltaOf(chunk);
    if (delta !== undefined) this.#writer.delta(this.#index, delta);
  }

  finish(reply: ChatReply, usage: object | undefined): void {
    this.#begin();
    this.#writer.finish(this.#index, finishReasonOf(reply, this.#isOld), usage);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#writer.delta(this.#index, { role: 'assistant', content: '', refusal: null });
  }

  #deltaOf(chunk: ReplyChunk): object | undefined {
    switch (chunk.type) {
      case 'text-delta':
        return { content: chunk.text };
      case 'reasoning-delta':
        return { reasoning_content: chunk.text };
      case 'tool-call-start': {
        const index = this.#calls.size;
        this.#calls.set(chunk.id, index);
        const called = { name: chunk.name, arguments: '' };
        if (this.#isOld) return index === 0 ? { function_call: called } : undefined;
        return { tool_calls: [{ index, id: chunk.id, type: 'function', function: called }] };
      }
      case 'tool-call-delta': {
        const index = this.#calls.get(chunk.id) ?? 0;
        const called = { arguments: chunk.argumentsText };
        if (this.#isOld) return index === 0 ? { function_call: called } : undefined;
        return { tool_calls: [{ index, function: called }] };
      }
      case 'tool-call-end':
        return undefined;
    }
  }
}

/** Usage of all choices, where it belongs on the chunk that finishes the last of them. */
export function closingUsage(replies: readonly ChatReply[], includeUsage: boolean): object | undefined {
  return includeUsage ? undefined : usageOf(replies.map(({ usage }) => usage));
}
