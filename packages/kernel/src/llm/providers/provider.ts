import type { ModelDescription } from '@aios/protocol';

export type Capability = ModelDescription['capabilities'][number];

/** Where an endpoint that speaks OpenAI’s format differs from OpenAI. All absent: it does not. */
export interface Quirks {
  /** Fields of the request body that go by another name there. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Do not ask for `stream_options`: usage comes anyway, or the field is refused. */
  readonly usageUnasked?: boolean;
  /** Highest temperature that is accepted; a higher one is sent as this. */
  readonly maxTemperature?: number;
  /** Wants the reasoning of earlier turns back. Others refuse the field. */
  readonly replayReasoning?: boolean;
  /** Wants the thought signature of a tool call back with it. */
  readonly thoughtSignatures?: boolean;
  /** Ids of tool calls must be nine letters or digits. */
  readonly shortToolCallIds?: boolean;
  /** Texts in one embedding request; 2048 when absent. */
  readonly embeddingBatch?: number;
}

/** A row of the provider table. */
export interface Provider {
  /** The `backend` of config.yaml and the `provider` of replies. */
  readonly name: string;
  /** Its name for people. */
  readonly label: string;
  readonly dialect: 'openai' | 'offline';
  /** Absent where the endpoint is the user’s own, so that config must give `hostname`. */
  readonly baseUrl?: string;
  /** Path added to a hostname that has none; that of `baseUrl` when absent. */
  readonly basePath?: string;
  /** Environment variables that may hold the key, the usual one first. */
  readonly keyVariables: readonly string[];
  readonly keyRequired: boolean;
  /** Model found without configuration when the key is set. */
  readonly defaultModel?: string;
  /** Embedding model found without configuration when the key is set. */
  readonly embeddingModel?: string;
  /** Calls at the same time, unless config says otherwise. */
  readonly concurrency: number;
  /** Of its chat models. A single model may have fewer; then the provider’s own error says so. */
  readonly capabilities: readonly Capability[];
  readonly quirks: Quirks;
  /** What a user should know about its models. */
  readonly notice?: string;
}
