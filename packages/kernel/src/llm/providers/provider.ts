import type { ForwardDialect, ModelDescription } from '@aios/protocol';
import type { Continuation } from '../../context/index.ts';

export type Capability = ModelDescription['capabilities'][number];

/** The wire format that an endpoint speaks, and so the client that is used for it. */
export type Dialect =
  | 'openai'
  | 'openai-responses'
  | 'openai-compatible'
  | 'azure'
  | 'anthropic'
  | 'google'
  | 'groq'
  | 'deepseek'
  | 'mistral'
  | 'bedrock'
  | 'ollama'
  /** No wire format: the model runs in a process of this machine. */
  | 'transformers'
  | 'offline';

/** How the models of a provider take up a reply again. */
interface ProviderContinuation extends Continuation {
  /** Names of those that can; all when absent. */
  readonly models?: RegExp;
  /** Also where tools are offered, as long as none was called. */
  readonly besideTools?: boolean;
}

/** Where an endpoint differs from the others of its dialect. All absent: it does not. */
export interface Quirks {
  /** Fields of the request body that go by another name there. Of the dialect openai-compatible only. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Highest temperature that is accepted; a higher one is sent as this. */
  readonly maxTemperature?: number;
  /** Wants the reasoning of earlier turns back as text. Others refuse the field, or want it signed. */
  readonly replayReasoning?: boolean;
  /** Ids of tool calls must be nine letters or digits. */
  readonly shortToolCallIds?: boolean;
  /** Takes images as data only, not by address. */
  readonly inlineImagesOnly?: boolean;
  /** Takes instructions at the beginning only; later ones are told by the user. */
  readonly systemFirst?: boolean;
  /** Knows JSON but no schema for it: the schema is told in the prompt, the kernel checks the reply. */
  readonly jsonWithoutSchema?: boolean;
  /** How a reply that was stopped is taken up again; it cannot be when absent. */
  readonly continuation?: ProviderContinuation;
  /** How its engine says how it is, at /metrics beside the interface; it does not when absent. */
  readonly metrics?: 'vllm';
  /** Takes a `priority` in requests where it was started for that; the lower goes first. */
  readonly takesPriority?: true;
  /** Texts in one embedding request; 2048 when absent. */
  readonly embeddingBatch?: number;
}

/** A row of the provider table. */
export interface Provider {
  /** The `backend` of config.yaml and the `provider` of replies. */
  readonly name: string;
  /** Its name for people. */
  readonly label: string;
  /** Other names that config.yaml may call it by. */
  readonly aliases?: readonly string[];
  readonly dialect: Dialect;
  /** Absent where the endpoint is the user’s own, so that config must give `hostname`. */
  readonly baseUrl?: string;
  /** Path added to a hostname that has none; that of `baseUrl` when absent. */
  readonly basePath?: string;
  /** Environment variables that may hold the key, the usual one first. */
  readonly keyVariables: readonly string[];
  readonly keyRequired: boolean;
  /** Further environment variables that it reads. */
  readonly otherVariables?: readonly string[];
  /** Model found without configuration when the key is set. */
  readonly defaultModel?: string;
  /** Embedding model found without configuration when the key is set. */
  readonly embeddingModel?: string;
  /** Calls at the same time, unless config says otherwise. */
  readonly concurrency: number;
  /**
   * Of its chat models, unless the catalogue or config know better. What is missing is emulated where that is possible; a
   * model that has less than its provider answers with the provider’s own error.
   */
  readonly capabilities: readonly Capability[];
  readonly quirks: Quirks;
  /**
   * Dialects that its endpoint speaks so well that requests in them are passed on as they are. An endpoint that refuses or
   * ignores parts of a dialect is asked through the kernel’s own form, which puts them right.
   */
  readonly forwards?: readonly ForwardDialect[];
  /** What a user should know about its models. */
  readonly notice?: string;
}
