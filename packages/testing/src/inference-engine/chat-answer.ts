import type { ServerResponse } from 'node:http';
import { answerText } from './answer-text.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Sequence } from './sequence.ts';

/** Writes what the engine generates for one request, whole at the end or token by token. */
export class ChatAnswer {
  readonly #request: ChatRequest;
  readonly #response: ServerResponse;
  readonly #id: string;
  readonly #created = Math.floor(Date.now() / 1000);
  #sent = 0;
  #pending = '';

  constructor(id: string, request: ChatRequest, response: ServerResponse) {
    this.#id = id;
    this.#request = request;
    this.#response = response;
  }

  /** Takes note of a token; it is sent with `flush`. */
  add(sequence: Sequence, isLast: boolean): void {
    if (!this.#request.isStreamed) {
      if (isLast) this.#pending = JSON.stringify(this.#whole(sequence));
      return;
    }
    if (this.#sent === 0) this.#pending += this.#frame([this.#choice({ role: 'assistant', content: '' })]);
    this.#pending += this.#frame([this.#choice({ content: this.#text(this.#sent, sequence.generated) })]);
    this.#sent = sequence.generated;
    if (!isLast) return;
    this.#pending += this.#frame([this.#choice({}, this.#reason)]);
    if (this.#request.includesUsage) this.#pending += this.#frame([], usage(sequence));
    this.#pending += 'data: [DONE]\n\n';
  }

  /** Sends what there is; the end of it ends the response. */
  flush(isLast: boolean): void {
    const { isStreamed } = this.#request;
    const type = isStreamed ? 'text/event-stream; charset=utf-8' : 'application/json';
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': type });
    if (isLast) this.#response.end(this.#pending);
    else this.#response.write(this.#pending);
    this.#pending = '';
  }

  get #reason(): 'length' | 'stop' {
    return this.#request.isCut ? 'length' : 'stop';
  }

  /** The text of the tokens from one number to another of those generated here. */
  #text(from: number, to: number): string {
    const { seed, firstToken, lastToken, lead } = this.#request;
    const text = answerText(seed, firstToken + from, Math.min(firstToken + to, lastToken));
    return from === 0 ? lead + text : text;
  }

  #whole(sequence: Sequence) {
    const message = { role: 'assistant', content: this.#text(0, sequence.generated), tool_calls: [] };
    return {
      id: this.#id,
      object: 'chat.completion',
      created: this.#created,
      model: this.#request.model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: this.#reason }],
      usage: usage(sequence),
    };
  }

  #choice(delta: Record<string, string>, reason: string | null = null) {
    return { index: 0, delta, logprobs: null, finish_reason: reason };
  }

  #frame(choices: unknown[], counted?: ReturnType<typeof usage>): string {
    const chunk = {
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#created,
      model: this.#request.model,
      choices,
      ...(counted && { usage: counted }),
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}

/** With the details that vLLM gives with `--enable-prompt-tokens-details`. */
function usage({ promptTokens, generated, cachedTokens }: Sequence) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generated,
    total_tokens: promptTokens + generated,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
