import type { ChatReply } from '@aios/protocol';
import type { DialectStream } from '../../dialect/index.ts';
import type { ReplyIdentity } from '../identity.ts';
import { usageOf } from '../usage.ts';
import type { CallForm } from './completion.ts';

export interface ChunkOptions {
  readonly identity: ReplyIdentity;
  readonly form: CallForm;
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

/** Usage of all choices, where it belongs on the chunk that finishes the last of them. */
export function closingUsage(replies: readonly ChatReply[], includeUsage: boolean): object | undefined {
  return includeUsage ? undefined : usageOf(replies.map(({ usage }) => usage));
}
