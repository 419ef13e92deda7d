import { refuseError, UnreadableReply } from './failures.ts';
import type { Counted, Format, ObjectText } from './format.ts';
import { type Member, memberNamed, membersOf, replaced } from './json-text.ts';
import { echoModel } from './reply-text.ts';
import type { PreparedRequest } from './request-text.ts';
import { EventSplitter, type SentEvent } from './sse-events.ts';

/**
 * Reads a streamed answer in passing. Events leave as they came and when they came, but that the model is named as the client
 * named it, and that usage which only we asked for is put into the event that finishes the answer, where every client
 * accepts it, instead of being an event of its own.
 */
export class ReplyStream {
  readonly #format: Format;
  readonly #request: PreparedRequest;
  readonly #events = new EventSplitter();
  /** The finishing event, kept back until it is known whether the usage follows. */
  #held: (ObjectText & { readonly event: SentEvent }) | undefined;
  #hasSent = false;
  counted: Counted = {};
  /** Events with data that came, each about a token of the answer. */
  pieces = 0;
  isComplete = false;

  constructor(format: Format, request: PreparedRequest) {
    this.#format = format;
    this.#request = request;
  }

  /** Takes what came and gives what may go on. Throws StreamedError or UnreadableReply. */
  add(text: string): string {
    let out = '';
    for (const event of this.#events.add(text)) out += this.#take(event);
    return out;
  }

  /** What is still to go on when nothing more comes. */
  finish(): string {
    const last = this.#events.finish();
    return (last === undefined ? '' : this.#take(last)) + this.#release();
  }

  #take(event: SentEvent): string {
    const { data } = event;
    if (data === undefined || data === '') return this.#passComment(event);
    if (data === '[DONE]') return this.#sent(this.#release() + event.text);
    const members = membersOf(data);
    if (members === undefined) throw new UnreadableReply(data);
    const object = { text: data, members };
    refuseError(object);
    this.pieces += 1;
    const counted = this.#format.counted(object);
    if (counted !== undefined) this.counted = { ...this.counted, ...counted };
    const isEnd = this.#format.isEnd(object);
    this.isComplete ||= isEnd;
    if (!this.#request.addsUsage) return this.#sent(this.#echoed(event, object));
    return this.#fold(event, object, isEnd, counted !== undefined);
  }

  /** Comments keep a connection alive; one before the answer would be taken for its beginning. */
  #passComment({ text }: SentEvent): string {
    return this.#hasSent && this.#held === undefined ? text : '';
  }

  #fold(event: SentEvent, object: ObjectText, isEnd: boolean, hasUsage: boolean): string {
    if (this.#held !== undefined && hasUsage && holdsNothing(object)) {
      const usage = memberNamed(object.members, 'usage');
      const words = usage && object.text.slice(usage.start, usage.end);
      return this.#sent(this.#release(words));
    }
    const before = this.#release();
    if (isEnd && !hasUsage) {
      this.#held = { ...object, event };
      return this.#sent(before);
    }
    if (hasUsage && holdsNothing(object)) return this.#sent(before);
    return this.#sent(before + this.#echoed(event, object));
  }

  /** The event that was kept back, with this usage in it where there is one. */
  #release(usage?: string): string {
    const held = this.#held;
    if (held === undefined) return '';
    this.#held = undefined;
    if (usage === undefined) return this.#echoed(held.event, held);
    const text = withMember(held, 'usage', usage);
    return this.#echoed(held.event, { text, members: membersOf(text) ?? [] }, true);
  }

  /** The event with the model named as the client did. */
  #echoed(event: SentEvent, object: ObjectText, isChanged = false): string {
    const data = echoModel(object, this.#format, this.#request.askedModel);
    if (data === event.data && !isChanged) return event.text;
    if (event.dataAt === undefined) return `data: ${data.replaceAll(/[\r\n]+/g, ' ')}\n\n`;
    const end = event.dataAt + (event.data?.length ?? 0);
    return event.text.slice(0, event.dataAt) + data + event.text.slice(end);
  }

  #sent(text: string): string {
    if (text !== '') this.#hasSent = true;
    return text;
  }
}

/** An event that is there for the usage alone. */
function holdsNothing({ text, members }: ObjectText): boolean {
  const choices = memberNamed(members, 'choices');
  return choices === undefined || /^\[\s*\]$/.test(text.slice(choices.start, choices.end));
}

/** The text of an object with a member set. */
function withMember({ text, members }: ObjectText, name: string, value: string): string {
  const present: Member | undefined = memberNamed(members, name);
  if (present !== undefined) return replaced(text, [{ start: present.start, end: present.end, text: value }]);
  const end = members.at(-1)?.end ?? text.indexOf('{') + 1;
  return replaced(text, [{ start: end, end, text: `${members.length > 0 ? ',' : ''}"${name}":${value}` }]);
}
