import type { ForwardDialect, Usage } from '@aios/protocol';
import { anthropicMessages } from './anthropic-messages.ts';
import { geminiGenerate } from './gemini-generate.ts';
import type { Member } from './json-text.ts';
import { openAiChat, openAiEmbeddings } from './openai-chat.ts';
import { openAiResponses } from './openai-responses.ts';

/** What a provider counted. A member is absent where it was not told. */
export type Counted = Partial<Omit<Usage, 'source'>>;

/** An object of an answer: the text that it stands in, and where. */
export interface ObjectText {
  readonly text: string;
  readonly members: readonly Member[];
}

/** What must be known of a wire format to pass its requests and answers on. */
export interface Format {
  /** Below the base URL of the endpoint. */
  path(model: string, isStream: boolean): string;
  /** The body names the model and says whether to stream; else the path does. */
  readonly namesModel: boolean;
  /** The provider tells what a streamed answer used only where the request asks for it by `stream_options`. */
  readonly asksForUsage: boolean;
  /** Headers of a caller that go along. */
  readonly headers: readonly string[];
  /** The member, of the answer or of an event, in which the object lies that names the model; none for that itself. */
  readonly modelIn?: string;
  /** What an answer, or an event of one, tells of its usage. */
  counted(object: ObjectText): Counted | undefined;
  /** Whether an event ends the answer; a stream without one was cut. */
  isEnd(object: ObjectText): boolean;
}

export const formats: Readonly<Record<ForwardDialect, Format>> = {
  'openai-chat': openAiChat,
  'openai-embeddings': openAiEmbeddings,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  'gemini-generate': geminiGenerate,
};
