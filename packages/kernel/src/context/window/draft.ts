import type { ChatMessage } from '@aios/protocol';
import { type Group, groupsOf } from './groups.ts';
import type { Sizes } from './policy.ts';
import type { Page } from './references.ts';
import { type ToldResults, toldResults } from './superseded.ts';

/** A history while it is made to fit: what has come so far, and what became of each message. */
export class Draft {
  readonly messages: readonly ChatMessage[];
  readonly groups: readonly Group[];
  readonly sizes: Sizes;
  readonly paged = new Map<number, Page>();
  readonly superseded = new Set<number>();
  readonly shortened = new Set<number>();
  /** What was taken out, in the order in which it was. */
  readonly gap: ChatMessage[][] = [];
  /** Groups that have come. */
  groupCount = 0;
  /** Tokens of what has come, as it is sent. */
  total: number;
  /** The messages as they are sent; undefined for those in the gap. */
  readonly #sent: (ChatMessage | undefined)[];
  readonly #tokens: number[];
  #told: ToldResults | undefined;

  constructor(messages: readonly ChatMessage[], sizes: Sizes, around: number) {
    this.messages = messages;
    this.groups = groupsOf(messages);
    this.sizes = sizes;
    this.total = around;
    this.#sent = [...messages];
    this.#tokens = messages.map((message) => sizes.message(message));
  }

  /** Index of the message after the last that has come. */
  get end(): number {
    return this.groups[this.groupCount - 1]?.end ?? 0;
  }

  /** Where the group begins that came last. */
  get lastGroupStart(): number {
    return this.groups[this.groupCount - 1]?.start ?? 0;
  }

  /** Lets one more group come. */
  advance(): void {
    const group = this.groups[this.groupCount];
    if (group === undefined) return;
    for (let index = group.start; index < group.end; index += 1) this.total += this.tokensOf(index);
    this.groupCount += 1;
  }

  get told(): ToldResults {
    this.#told ??= toldResults(this.messages);
    return this.#told;
  }

  get sent(): ChatMessage[] {
    return this.#sent.filter((message) => message !== undefined);
  }

  isSent(index: number): boolean {
    return this.#sent[index] !== undefined;
  }

  tokensOf(index: number): number {
    return this.#tokens[index] ?? 0;
  }

  /** Tokens of a group as it is sent; 0 where it was taken out. */
  tokensIn({ start, end }: Group): number {
    let sum = 0;
    for (let index = start; index < end; index += 1) {
      if (this.#sent[index] !== undefined) sum += this.tokensOf(index);
    }
    return sum;
  }

  /** Indexes of results of tools that are there and may be changed, oldest first. */
  results(): number[] {
    const found: number[] = [];
    for (let position = 0; position < this.groupCount; position += 1) {
      const group = this.groups[position];
      if (group === undefined || group.pinned) continue;
      for (let index = group.start; index < group.end; index += 1) {
        if (this.#sent[index]?.role === 'tool') found.push(index);
      }
    }
    return found;
  }

  /** Puts other words in place of a result, where they are shorter. */
  replace(index: number, content: string): boolean {
    const message = this.#sent[index];
    if (message?.role !== 'tool') return false;
    const changed = { ...message, content };
    const tokens = this.sizes.message(changed);
    if (tokens >= this.tokensOf(index)) return false;
    this.total += tokens - this.tokensOf(index);
    this.#tokens[index] = tokens;
    this.#sent[index] = changed;
    return true;
  }

  /** Takes a group out; its messages as they were sent, none where that was done before. */
  takeOut({ start, end }: Group): ChatMessage[] {
    const taken: ChatMessage[] = [];
    for (let index = start; index < end; index += 1) {
      const message = this.#sent[index];
      if (message === undefined) continue;
      taken.push(message);
      this.total -= this.tokensOf(index);
      this.#sent[index] = undefined;
    }
    return taken;
  }
}
