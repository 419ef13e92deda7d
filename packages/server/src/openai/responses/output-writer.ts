import type { ChatReply, JsonObject, ToolCall } from '@aios/protocol';
import type { ReplyChunk } from '../../dialect/index.ts';
import { itemId } from './identifiers.ts';
import {
  type ItemStatus,
  type OpenItem,
  openCustomCall,
  openFunctionCall,
  openMessage,
  openReasoning,
  type ResponseEvent,
  sealedReasoning,
} from './open-item.ts';
import { incompleteReason } from './response-object.ts';
import { seal } from './sealed.ts';
import type { ToolOrigin } from './tools.ts';

interface PlacedItem {
  readonly item: OpenItem;
  readonly index: number;
}

/**
 * The output of a response, item after item, as chunks come: each gives its events at once. Text and thinking end when
 * something else begins; calls may grow side by side. What the reply holds beyond its chunks is written at the end, so that a
 * reply that was not streamed gives the same items.
 */
export class OutputWriter {
  readonly #responseId: string;
  readonly #origins: ReadonlyMap<string, ToolOrigin>;
  readonly #emit: (event: ResponseEvent) => void;
  readonly #output: JsonObject[] = [];
  /** The message or the thinking that grows. */
  #prose: (PlacedItem & { readonly kind: 'text' | 'reasoning' }) | undefined;
  readonly #calls = new Map<string, PlacedItem>();
  readonly #called = new Set<string>();
  readonly #written = { text: '', reasoning: '' };

  constructor(
    responseId: string,
    origins: ReadonlyMap<string, ToolOrigin>,
    emit: (event: ResponseEvent) => void,
  ) {
    this.#responseId = responseId;
    this.#origins = origins;
    this.#emit = emit;
  }

  add(chunk: ReplyChunk): void {
    switch (chunk.type) {
      case 'text-delta':
        this.#addProse('text', chunk.text);
        break;
      case 'reasoning-delta':
        this.#addProse('reasoning', chunk.text);
        break;
      case 'tool-call-start':
        this.#beginCall(chunk);
        break;
      case 'tool-call-delta':
        this.#addArguments(chunk.id, chunk.argumentsText);
        break;
      case 'tool-call-end':
        this.#endCall(chunk.id, 'completed');
        break;
    }
  }

  /** Writes what is missing of the reply, ends what is open and gives the whole output. */
  end(reply: ChatReply): JsonObject[] {
    const { message } = reply;
    const status = incompleteReason(reply) === undefined ? 'completed' : 'incomplete';
    this.#addRest('reasoning', message.reasoning ?? '');
    this.#addRest('text', message.content);
    this.#endProse(status);
    for (const id of [...this.#calls.keys()]) this.#endCall(id, status);
    for (const call of message.toolCalls ?? []) this.#addWholeCall(call);
    const sealed = seal(message);
    if (sealed !== undefined) this.#addSealed(sealed);
    return this.#output;
  }

  #addProse(kind: 'text' | 'reasoning', piece: string): void {
    if (piece === '') return;
    if (this.#prose?.kind !== kind) this.#beginProse(kind);
    this.#written[kind] += piece;
    for (const event of this.#prose?.item.add(piece) ?? []) this.#emit(event);
  }

  #beginProse(kind: 'text' | 'reasoning'): void {
    this.#endProse('completed');
    const open = kind === 'text' ? openMessage : openReasoning;
    this.#prose = { ...this.#begin(kind === 'text' ? 'message' : 'reasoning', open), kind };
  }

  #endProse(status: ItemStatus): void {
    if (this.#prose) this.#end(this.#prose, status);
    this.#prose = undefined;
  }

  /** What was streamed stays as it was; only what comes after it is added. */
  #addRest(kind: 'text' | 'reasoning', whole: string): void {
    const written = this.#written[kind];
    if (whole.startsWith(written)) this.#addProse(kind, whole.slice(written.length));
  }

  #beginCall({ id, name }: { readonly id: string; readonly name: string }): void {
    this.#endProse('completed');
    this.#called.add(id);
    const origin: ToolOrigin = this.#origins.get(name) ?? { name };
    const open = origin.isCustom ? openCustomCall : openFunctionCall;
    const type = origin.isCustom ? 'custom_tool_call' : 'function_call';
    this.#calls.set(
      id,
      this.#begin(type, (item, index) => open(item, index, { ...origin, callId: id })),
    );
  }

  #addArguments(id: string, piece: string): void {
    const call = this.#calls.get(id);
    if (call && piece !== '') for (const event of call.item.add(piece)) this.#emit(event);
  }

  #endCall(id: string, status: ItemStatus): void {
    const call = this.#calls.get(id);
    if (call) this.#end(call, status);
    this.#calls.delete(id);
  }

  #addWholeCall(call: ToolCall): void {
    if (this.#called.has(call.id)) return;
    this.#beginCall(call);
    this.#addArguments(call.id, call.malformed ?? JSON.stringify(call.arguments));
    this.#endCall(call.id, 'completed');
  }

  #addSealed(content: string): void {
    const index = this.#output.length;
    const item = sealedReasoning(itemId(this.#responseId, 'output', 'reasoning', index), content);
    this.#output.push(item);
    this.#emit({ type: 'response.output_item.added', output_index: index, item });
    this.#emit({ type: 'response.output_item.done', output_index: index, item });
  }

  #begin(type: string, open: (id: string, index: number) => OpenItem): PlacedItem {
    const index = this.#output.length;
    const item = open(itemId(this.#responseId, 'output', type, index), index);
    this.#output.push(item.begun);
    this.#emit({ type: 'response.output_item.added', output_index: index, item: item.begun });
    for (const event of item.opening()) this.#emit(event);
    return { item, index };
  }

  #end({ item, index }: PlacedItem, status: ItemStatus): void {
    const ended = item.ended(status);
    this.#output[index] = ended;
    for (const event of item.closing()) this.#emit(event);
    this.#emit({ type: 'response.output_item.done', output_index: index, item: ended });
  }
}
