/** What programs are run against. */
export interface Endpoint extends AsyncDisposable {
  /** Addresses, keys and models, in the variables that clients read them from. */
  readonly environment: Readonly<Record<string, string>>;
  /** The models that answer about orders. */
  readonly models: readonly string[];
  /** Models that a client must be told of; the kernel may have found others at the vendors. */
  readonly listed: readonly string[];
  /** The status of a wrong key in Google’s dialect: Google says 400, which its client does not mind. */
  readonly wrongGoogleKey: number;
}

export const keys = { right: 'right', broke: 'broke' };
export const embeddingModel = 'embedding-model';

/** The variables of the clients of all three vendors. */
export function variables({
  openai,
  anthropic,
  gemini,
  key,
  brokeKey,
  models,
  hasFunctions,
}: {
  openai: string;
  anthropic: string;
  gemini: string;
  key: string;
  /** A key whose credit is used up. */
  brokeKey: string;
  models: readonly string[];
  /** The functions that were there before tools are understood. */
  hasFunctions: boolean;
}): Record<string, string> {
  return {
    OPENAI_BASE_URL: openai,
    OPENAI_API_KEY: key,
    ANTHROPIC_BASE_URL: anthropic,
    ANTHROPIC_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: gemini,
    GEMINI_API_KEY: key,
    CLIENT_BROKE_KEY: brokeKey,
    CLIENT_HAS_FUNCTIONS: hasFunctions ? 'yes' : '',
    CLIENT_MODELS: models.join(','),
    CLIENT_EMBEDDING_MODEL: embeddingModel,
  };
}
