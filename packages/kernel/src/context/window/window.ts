import {
  AiosError,
  type ChatRequest,
  type SyscallInput,
  type SyscallOutput,
  type ToolSpecification,
  type WindowReport,
} from '@aios/protocol';
import type { Config } from '../../config/index.ts';
import { type Holder, holderOf, keepSwept } from '../../conversation/index.ts';
import type { Database } from '../../database/index.ts';
import { type HandlersOf, handle, type SyscallContext } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import { type PartLife, PartStore } from './part-store.ts';
import { type Plan, planWindow } from './plan.ts';
import type { Sizes, WindowPolicy } from './policy.ts';
import { leftOutNote, summaryNote } from './references.ts';
import { gapTokens } from './strategies.ts';
import { Summaries } from './summaries.ts';

/** Tokens of a request’s parts, as the model that is asked counts them. */
interface Counts extends Sizes {
  readonly source: WindowReport['source'];
  /** Share by which a count may be too low. */
  readonly margin: number;
  /** Tokens besides the messages: the tools, and what begins the reply. */
  around(tools: readonly ToolSpecification[] | undefined): number;
}

/** A call whose conversation is to fit. */
interface FitCall {
  readonly request: ChatRequest;
  /** Name of the model that is asked. */
  readonly model: string;
  readonly windowTokens: number;
  readonly counts: Counts;
  readonly context: Pick<SyscallContext, 'call' | 'caller' | 'signal' | 'invokeBehind'>;
  /** Whether a summary may be written now; else only one that is there is used. */
  readonly mayAsk: boolean;
}

export interface Fitted {
  /** As it came where it fits. */
  readonly messages: ChatRequest['messages'];
  /** Absent where nothing was done. */
  readonly report?: WindowReport;
}

export interface WindowOptions {
  readonly database: Database;
  readonly settings: () => Config['context'];
  readonly events: EventBus;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Makes conversations fit into the windows of models. */
export interface ContextWindow extends AsyncDisposable {
  readonly handlers: Pick<HandlersOf<'context'>, 'context.page'>;
  /**
   * The messages of a call, so that they fit with its tools and its reply into the window of a model; as they came where
   * the call lets nothing be done. Throws `failed_precondition` where what must stay is too large.
   */
  fit(call: FitCall): Promise<Fitted>;
  /** What a call that sets no bound keeps of a window for its reply. */
  replyTokens(request: Pick<ChatRequest, 'maxTokens' | 'context'>, windowTokens: number): number;
  /** Whether a call lets its conversation be changed at all. */
  mayChange(request: Pick<ChatRequest, 'context'>): boolean;
  /** Removes pages and summaries that have expired and those beyond the bound of their user; also done every ten minutes. */
  sweep(): Promise<void>;
}

export function createWindow(options: WindowOptions): ContextWindow {
  const { database, settings, events, logger, now = Date.now } = options;
  const store = new PartStore(database);
  const summaries = new Summaries(store, logger);
  const life = (): PartLife => ({ now: now(), ttlMs: settings().page_ttl_ms });
  const sweep = () => store.sweep(now(), settings().max_page_bytes);
  const sweeping = keepSwept(sweep, logger, 'parts of conversations');

  const strategiesOf = ({ context }: Pick<ChatRequest, 'context'>) =>
    context?.strategies ?? settings().strategies;
  const mayChange: ContextWindow['mayChange'] = (request) => strategiesOf(request).length > 0;
  const replyTokens: ContextWindow['replyTokens'] = ({ maxTokens = 0, context }, windowTokens) =>
    Math.max(
      maxTokens,
      context?.replyTokens ?? Math.min(settings().reply_tokens, Math.floor(windowTokens / 4)),
    );

  async function fit(call: FitCall): Promise<Fitted> {
    const { request, counts, context } = call;
    const { messages } = request;
    if (!mayChange(request)) return { messages };
    const limits = limitsOf(call);
    const around = counts.around(request.tools);
    const tokens = messages.reduce((sum, message) => sum + counts.message(message), around);
    if (tokens <= limits.usual) return { messages };
    const holder = holderOf(context.caller);
    const policy = policyFor(call, limits.usual);
    const plan = planWithin(limits, (limit) => planWindow(messages, counts, limit, around, policy));
    if (plan.tokens > limits.utmost) throw tooLarge(call, plan);
    if (plan.tokens === tokens) return { messages };
    const pages = plan.pages.map((page) => ({ kind: 'page' as const, ...page }));
    await store.keep(holder, pages, life());
    const summary = plan.gap.length === 0 ? undefined : await summaryOf(call, plan, holder, policy);
    const fitted = withGap(plan, counts, policy, summary);
    const report = reportOf(call, plan, fitted, summary !== undefined, around);
    const { process } = context.caller;
    events.publish(
      {
        type: 'context-fitted',
        call: context.call,
        model: call.model,
        ...(process && { pid: process.pid, agent: process.agent }),
        context: report,
      },
      context.caller.tenant,
    );
    return { messages: fitted, report };
  }

  /** The usual limit leaves room for a reply and for what a count may be off; the utmost one for what was asked for alone. */
  function limitsOf({ request, windowTokens, counts }: FitCall): Limits {
    const usual = (windowTokens - replyTokens(request, windowTokens)) / (1 + counts.margin);
    return { usual: Math.floor(usual), utmost: windowTokens - (request.maxTokens ?? 1) };
  }

  /** Who may not read pages gets none: what was moved out would be lost to him. */
  function policyFor({ request, context }: FitCall, limit: number): WindowPolicy {
    const { low_water, page_min_tokens, summary_tokens } = settings();
    const mayPage = context.caller.policy.allows('context.page', undefined);
    return {
      strategies: new Set(strategiesOf(request).filter((name) => name !== 'page' || mayPage)),
      lowWater: low_water,
      pageMinTokens: page_min_tokens,
      summaryTokens: Math.min(summary_tokens, Math.floor(limit / 8)),
    };
  }

  async function summaryOf(
    { request, model, windowTokens, context, mayAsk }: FitCall,
    { gap }: Plan,
    holder: Holder,
    { strategies, summaryTokens }: WindowPolicy,
  ): Promise<string | undefined> {
    if (!strategies.has('summarise')) return undefined;
    return await summaries.of({
      holder,
      gap,
      model: request.context?.summaryModel ?? settings().summary_model ?? model,
      windowTokens,
      tokens: summaryTokens,
      ...(mayAsk && { ask: (input) => context.invokeBehind('llm.chat', input) }),
      signal: context.signal,
      waitMs: settings().summary_wait_ms,
      life: life(),
    });
  }

  async function readPage(
    { id, offset, limit }: SyscallInput<'context.page'>,
    holder: Holder,
  ): Promise<SyscallOutput<'context.page'>> {
    const page = await store.find(holder, { kind: 'page', id }, now());
    if (page === undefined) throw unknownPage(id);
    const { text, toolName } = page;
    const end = offset + limit;
    return {
      id,
      toolName,
      content: text.slice(offset, end),
      offset,
      totalCharacters: text.length,
      ...(end < text.length && { nextOffset: end }),
    };
  }

  return {
    handlers: {
      'context.page': handle((input, { caller }) => readPage(input, holderOf(caller))),
    },
    fit,
    replyTokens,
    mayChange,
    sweep,
    async [Symbol.asyncDispose]() {
      await summaries.settle();
      await sweeping[Symbol.asyncDispose]();
    },
  };
}

interface Limits {
  readonly usual: number;
  readonly utmost: number;
}

/** Where what must stay is larger than usual, there is less room for the reply rather than none for the call. */
function planWithin({ usual, utmost }: Limits, planFor: (limit: number) => Plan): Plan {
  const plan = planFor(usual);
  return plan.tokens <= usual || utmost <= usual ? plan : planFor(utmost);
}

/** The messages with what stands in the gap. */
function withGap(
  { kept, gapAt, gap }: Plan,
  counts: Counts,
  policy: WindowPolicy,
  summary: string | undefined,
): ChatRequest['messages'] {
  if (gap.length === 0) return [...kept];
  const most = gapTokens(policy);
  let note = summary === undefined ? leftOutNote(gap.flat().length) : summaryNote(summary);
  while (counts.message({ role: 'user', content: note }) > most) note = note.slice(0, note.length * 0.9);
  return [...kept.slice(0, gapAt), { role: 'user', content: note }, ...kept.slice(gapAt)];
}

function reportOf(
  { windowTokens, counts }: FitCall,
  { tokensBefore, referredTo, gap, superseded, shortened }: Plan,
  fitted: ChatRequest['messages'],
  isSummarised: boolean,
  around: number,
): WindowReport {
  const takenOut = gap.flat().length;
  return {
    windowTokens,
    tokensBefore,
    tokensAfter: fitted.reduce((sum, message) => sum + counts.message(message), around),
    source: counts.source,
    superseded,
    paged: referredTo.map(({ id, toolName }) => ({ id, toolName })),
    summarised: isSummarised ? takenOut : 0,
    truncated: isSummarised ? 0 : takenOut,
    shortened,
  };
}

function tooLarge({ request, model, windowTokens }: FitCall, { tokens }: Plan): AiosError {
  const needed = tokens + (request.maxTokens ?? 1);
  return new AiosError(
    'failed_precondition',
    'What must stay of the conversation (system prompt, tools, pinned messages, the newest message of the user, the last step) ' +
      `needs about ${needed} tokens with the reply, and model "${model}" has a window of ${windowTokens}. ` +
      'Send less, pin less, set a smaller maxTokens, or ask a model with a larger window.',
    { details: { model, missing: 'context_tokens', neededTokens: needed, windowTokens } },
  );
}

function unknownPage(id: string): AiosError {
  return new AiosError(
    'not_found',
    `There is no page "${id}": it has expired, or belongs to another user, key or process.`,
    { details: { id } },
  );
}
