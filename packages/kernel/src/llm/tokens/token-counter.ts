import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChatMessage, ChatRequest, ContentPart, ToolSpecification } from '@aios/protocol';
import { Calibration } from './calibration.ts';
import type { TokenizerSource } from './encodings.ts';
import { tokensOfFile, tokensOfImage } from './estimate.ts';
import { longText, type TextCounts, type Tokenizers } from './text-counts.ts';

/** tokenizer: by the tokenizer of the model; calibrated: by another one, set right by what the provider reported. */
type CountSource = 'tokenizer' | 'calibrated' | 'estimate';

/** Role, separators and the priming of the reply (OpenAI cookbook, “How to count tokens with tiktoken”). */
const tokensPerMessage = 4;
const tokensPerName = 1;
const tokensPerReply = 3;
/** What frames a call of a tool or its declaration; vendors do not say. */
const tokensPerTool = 12;
/** Formats differ a little around what is counted exactly. */
const exactMargin = 0.01;

const turnMs = 8;

/** Where nothing better is known, texts are counted as OpenAI’s newer models do. */
const usualSource: TokenizerSource = { kind: 'openai', encoding: 'o200k_base' };

/** Counts for one model. */
export class TokenCounter {
  readonly #tokenizers: Tokenizers;
  readonly #source: TokenizerSource;
  readonly #calibration: Calibration | undefined;

  /** By the published tokenizer of the model, or by another one and a calibration. */
  constructor(tokenizers: Tokenizers, by: TokenizerSource | Calibration) {
    this.#tokenizers = tokenizers;
    this.#source = by instanceof Calibration ? usualSource : by;
    this.#calibration = by instanceof Calibration ? by : undefined;
  }

  /** Loads the tokenizer where that is not done yet, and counts what was not counted yet. */
  async counts(
    request: Pick<ChatRequest, 'messages' | 'tools'>,
    signal: AbortSignal,
  ): Promise<RequestCounts> {
    const texts = await this.#tokenizers.load(this.#source);
    const counts = new RequestCounts(texts, this.#calibration);
    await counts.countAll(request.messages, signal);
    return counts;
  }

  /** Learns from what the provider reported for a request. */
  observe(
    counts: RequestCounts,
    request: Pick<ChatRequest, 'messages' | 'tools'>,
    reportedTokens: number,
  ): void {
    this.#calibration?.observe(counts.raw(request), reportedTokens);
  }
}

/** The sizes of a request’s parts in tokens, of texts that were counted. Another text is counted when it is asked for. */
export class RequestCounts {
  readonly #texts: TextCounts;
  readonly #messages = new Map<ChatMessage, number>();
  readonly #ratio: number;
  readonly source: CountSource;
  /** Share by which a count may be too low. */
  readonly margin: number;

  constructor(texts: TextCounts, calibration: Calibration | undefined) {
    this.#texts = texts;
    this.#ratio = calibration?.ratio ?? 1;
    this.margin = calibration?.margin ?? exactMargin;
    this.source =
      calibration === undefined ? 'tokenizer' : calibration.isCalibrated ? 'calibrated' : 'estimate';
  }

  request({ messages, tools }: Pick<ChatRequest, 'messages' | 'tools'>): number {
    const sum = messages.reduce((total, message) => total + this.message(message), 0);
    return sum + this.around(tools);
  }

  /** Counts messages, and lets others have their turn of the event loop where that takes long. */
  async countAll(messages: readonly ChatMessage[], signal: AbortSignal): Promise<void> {
    let startedAt = performance.now();
    const isLate = () => performance.now() - startedAt >= turnMs;
    const pause = async () => {
      await nextTurn();
      signal.throwIfAborted();
      startedAt = performance.now();
    };
    for (const message of messages) {
      for (const text of textsOf(message)) {
        if (text.length >= longText) await this.#texts.countLong(text, pause);
      }
      this.#messageTokens(message);
      if (isLate()) await pause();
    }
  }

  message(message: ChatMessage): number {
    return Math.ceil(this.#messageTokens(message) * this.#ratio);
  }

  text(text: string): number {
    return Math.ceil(this.#texts.of(text) * this.#ratio);
  }

  /** What stands around the messages: the tools, and the beginning of the reply. */
  around(tools: readonly ToolSpecification[] | undefined): number {
    return Math.ceil(this.#aroundTokens(tools) * this.#ratio);
  }

  /** As the tokenizer counts it, before any calibration. */
  raw({ messages, tools }: Pick<ChatRequest, 'messages' | 'tools'>): number {
    const sum = messages.reduce((total, message) => total + this.#messageTokens(message), 0);
    return sum + this.#aroundTokens(tools);
  }

  #messageTokens(message: ChatMessage): number {
    const known = this.#messages.get(message);
    if (known !== undefined) return known;
    const tokens = this.#countMessage(message);
    this.#messages.set(message, tokens);
    return tokens;
  }

  #countMessage(message: ChatMessage): number {
    const name = message.role === 'tool' ? undefined : message.name;
    return (
      tokensPerMessage +
      this.#contentTokens(message.content) +
      (name === undefined ? 0 : tokensPerName + this.#texts.of(name)) +
      (message.role === 'assistant' ? this.#assistantTokens(message) : 0)
    );
  }

  #contentTokens(content: ChatMessage['content']): number {
    if (typeof content === 'string') return this.#texts.of(content);
    return content.reduce((sum, part) => sum + this.#partTokens(part), 0);
  }

  #partTokens(part: ContentPart): number {
    if (part.type === 'text') return this.#texts.of(part.text);
    return part.type === 'image' ? tokensOfImage : tokensOfFile(part.data);
  }

  #assistantTokens({ toolCalls = [], reasoning = '' }: Extract<ChatMessage, { role: 'assistant' }>): number {
    const calls = toolCalls.map(callText);
    return calls.reduce((sum, text) => sum + tokensPerTool + this.#texts.of(text), this.#texts.of(reasoning));
  }

  #aroundTokens(tools: readonly ToolSpecification[] = []): number {
    return tools.reduce((sum, tool) => sum + tokensPerTool + this.#texts.of(toolText(tool)), tokensPerReply);
  }
}

type AssistantCall = NonNullable<Extract<ChatMessage, { role: 'assistant' }>['toolCalls']>[number];

function callText(call: AssistantCall): string {
  return `${call.name} ${call.malformed ?? JSON.stringify(call.arguments)}`;
}

function toolText(tool: ToolSpecification): string {
  return JSON.stringify(tool);
}

function textsOf({ content }: ChatMessage): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}
