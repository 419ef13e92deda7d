import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ChatRequest } from '@aios/protocol';
import type { Endpoint } from './endpoint.ts';
import type { ToolNames } from './tool-names.ts';

/** One chat call on its way to a vendor. */
export interface ChatCall {
  readonly request: ChatRequest;
  readonly model: LanguageModelV4;
  readonly options: LanguageModelV4CallOptions;
  readonly names: ToolNames;
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
}
