import type { ChatReply, ChatRequest } from '@aios/protocol';
import type { ContextWindow, Fitted } from '../../context/index.ts';
import type { SyscallContext } from '../../syscall/index.ts';
import type { Core } from '../core.ts';
import type { DriverCall, DriverReply } from '../driver.ts';
import { mostTokensPerEstimated, type RequestCounts } from '../tokens/index.ts';
import { overflowOf } from './overflow.ts';

interface FittingOptions {
  readonly request: ChatRequest;
  /** Of the request, by the rule of thumb. */
  readonly estimatedTokens: number;
  readonly window: ContextWindow;
  readonly context: SyscallContext<'llm.chat'>;
}

interface CoreFit extends Fitted {
  /** Absent where it was clear without counting that the conversation fits. */
  readonly counts?: RequestCounts;
}

/** Makes the conversation of one call fit into the window of each core that may answer it. */
export class Fitting {
  readonly #options: FittingOptions;
  readonly #fits = new Map<Core, Promise<CoreFit>>();

  constructor(options: FittingOptions) {
    this.#options = options;
  }

  /**
   * The cores, with drivers that send what fits. The first core’s conversation is made to fit before the call waits for a slot,
   * for a summary may be needed, which is a call of its own; for those that stand in nothing is summarised anew.
   */
  async cores(cores: readonly Core[]): Promise<readonly Core[]> {
    const [first, ...others] = cores;
    const fitting = first === undefined ? [] : [this.#fit(first, true)];
    // What does not fit the first may fit another: callCores hears of it when it comes to the core.
    await (others.length === 0 ? Promise.all(fitting) : Promise.allSettled(fitting));
    return cores.map((core) => ({ ...core, driver: { ...core.driver, chat: this.#chatWith(core) } }));
  }

  /** Sends what fits; where the provider finds it too long and says how long it may be, once more. */
  #chatWith(core: Core): Core['driver']['chat'] {
    return async (request, call) => {
      const fit = await this.#fit(core, false);
      try {
        return await this.#send(core, request, fit, call);
      } catch (error) {
        if (!this.#learnsFrom(error, core)) throw error;
        this.#fits.delete(core);
        return await this.#send(core, request, await this.#fit(core, false), call);
      }
    };
  }

  /** Whether the provider said how large the window is, so that the conversation can be made to fit. */
  #learnsFrom(error: unknown, { window }: Core): boolean {
    const { windowTokens } = overflowOf(error) ?? {};
    if (windowTokens === undefined || windowTokens === window.tokens) return false;
    window.learn(windowTokens);
    return this.#options.window.mayChange(this.#options.request);
  }

  async #send(core: Core, request: ChatRequest, fit: CoreFit, call: DriverCall): Promise<DriverReply> {
    const { report, counts } = fit;
    const sent = report === undefined ? request : this.#fitted(request, fit.messages);
    // A reply that goes on was told of when it began, and what it goes on from is no part of what was counted.
    const isFirst = call.continueFrom === undefined;
    if (isFirst && report !== undefined) {
      this.#options.context.emit?.({ type: 'context-fitted', context: report });
    }
    const reply = await core.driver.chat(sent, call);
    if (isFirst) learn(core, counts, sent, reply.usage);
    return report === undefined ? reply : { ...reply, context: report };
  }

  /** With what was made of the messages of the call; some that were added behind them are sent as they are. */
  #fitted(request: ChatRequest, messages: ChatRequest['messages']): ChatRequest {
    const { messages: original } = this.#options.request;
    const isSame = original.every((message, index) => request.messages[index] === message);
    if (!isSame) return request;
    return { ...request, messages: [...messages, ...request.messages.slice(original.length)] };
  }

  #fit(core: Core, mayAsk: boolean): Promise<CoreFit> {
    const known = this.#fits.get(core);
    if (known !== undefined) return known;
    const fitting = this.#fitTo(core, mayAsk);
    this.#fits.set(core, fitting);
    return fitting;
  }

  async #fitTo(core: Core, mayAsk: boolean): Promise<CoreFit> {
    const { request, estimatedTokens, window, context } = this.#options;
    const { messages } = request;
    const windowTokens = core.window.tokens;
    if (windowTokens === undefined || !window.mayChange(request)) return { messages };
    const most = estimatedTokens * mostTokensPerEstimated + window.replyTokens(request, windowTokens);
    if (most <= windowTokens) return { messages };
    const counts = await core.counter.counts(request, context.signal);
    const fitted = await window.fit({
      request,
      model: core.settings.name,
      windowTokens,
      counts,
      context,
      mayAsk,
    });
    return { ...fitted, counts };
  }
}

function learn(
  core: Core,
  counts: RequestCounts | undefined,
  sent: ChatRequest,
  usage: ChatReply['usage'],
): void {
  if (counts !== undefined && usage.source === 'provider')
    core.counter.observe(counts, sent, usage.inputTokens);
}
