import type { ChatMessage, ChatRequest, ContentPart, ToolSpecification } from '@aios/protocol';
import { Calibration } from './calibration.ts';
import type { TokenizerSource } from './encodings.ts';
import { tokensOfFile, tokensOfImage } from './estimate.ts';
import type { TextCounts, Tokenizers } from './text-counts.ts';

/** tokenizer: by the tokenizer of the model; calibrated: by another one, set right by what the provider reported. */
export type CountSource = 'tokenizer' | 'calibrated' | 'estimate';

/** Role, separators and the priming of the reply (OpenAI cookbook, “How to count tokens with tiktoken”). */
const tokensPerMessage = 4;
const tokensPerName = 1;
const tokensPerReply = 3;
/** What frames a call of a tool or its declaration; vendors do not say. */
const tokensPerTool = 12;
/** Formats differ a little around what is counted exactly. */
const exactMargin = 0.01;

/** Where nothing better is known, texts are counted as OpenAI’s newer models do. */
const usualSource: TokenizerSource = { kind: 'openai', encoding: 'o200k_base' };

/** Counts for one model. */
export class TokenCounter {
  readonly #tokenizers: Tokenizers;
  readonly #own: TokenizerSource | undefined;
  readonly #calibration = new Calibration();

  /** `own` is the published tokenizer of the model. */
  constructor(tokenizers: Tokenizers, own: TokenizerSource | undefined) {
    this.#tokenizers = tokenizers;
    this.#own = own;
  }

  /** Loads the tokenizer where that is not done yet, and counts what was not counted yet. */
  async counts(
    request: Pick<ChatRequest, 'messages' | 'tools'>,
    signal: AbortSignal,
  ): Promise<RequestCounts> {
    const texts = await this.#tokenizers.load(this.#own ?? usualSource);
    await texts.countAll(textsOf(request), signal);
    return new RequestCounts(texts, this.#own === undefined ? this.#calibration : undefined);
  }

  /** Learns from what the provider reported for a request. */
  observe(
    counts: RequestCounts,
    request: Pick<ChatRequest, 'messages' | 'tools'>,
    reportedTokens: number,
  ): void {
    if (this.#own !== undefined) return;
    this.#calibration.observe(counts.raw(request), reportedTokens);
  }
}

/** The sizes of a request’s parts in tokens, of texts that were counted. Another text is counted when it is asked for. */
export class RequestCounts {
  readonly #texts: TextCounts;
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

const callTexts = new WeakMap<AssistantCall, string>();

function callText(call: AssistantCall): string {
  const known = callTexts.get(call);
  if (known !== undefined) return known;
  const text = `${call.name} ${call.malformed ?? JSON.stringify(call.arguments)}`;
  callTexts.set(call, text);
  return text;
}

const toolTexts = new WeakMap<ToolSpecification, string>();

function toolText(tool: ToolSpecification): string {
  const known = toolTexts.get(tool);
  if (known !== undefined) return known;
  const text = JSON.stringify(tool);
  toolTexts.set(tool, text);
  return text;
}

function* textsOf({ messages, tools = [] }: Pick<ChatRequest, 'messages' | 'tools'>): Iterable<string> {
  for (const tool of tools) yield toolText(tool);
  for (const message of messages) {
    if (typeof message.content === 'string') yield message.content;
    else for (const part of message.content) if (part.type === 'text') yield part.text;
    if (message.role !== 'assistant') continue;
    if (message.reasoning !== undefined) yield message.reasoning;
    for (const call of message.toolCalls ?? []) yield callText(call);
  }
}
