import { z } from 'zod';
import type { Config } from '../../config/index.ts';
import type { Dialect, Provider } from '../providers/provider.ts';
import { providerNamed, providers } from '../providers/table.ts';
import { redactKeys } from '../redact.ts';

/** A variable that the kernel takes a secret from. */
export interface KnownSecret {
  /** The environment variable. */
  readonly name: string;
  /** Name of the provider that it is the key of; absent for what is no key of a provider. */
  readonly provider?: string;
  /** What it opens, for people. */
  readonly label: string;
  /** It is the variable that the provider’s own documentation names, not one accepted besides. */
  readonly isUsual: boolean;
}

/** The variables of providers that the kernel reads, in the order of their table: first the keys, then others. */
export function knownSecrets(): KnownSecret[] {
  const keys = [...providers.values()].flatMap(({ name: provider, label, keyVariables }) =>
    keyVariables.map((name, index) => ({ name, provider, label, isUsual: index === 0 })),
  );
  // OpenAI’s two interfaces share a key.
  const first = new Map(keys.toReversed().map((secret) => [secret.name, secret]));
  const unique = keys.filter((secret) => first.get(secret.name) === secret);
  const others = [...providers.values()].flatMap(({ label, otherVariables = [] }) =>
    otherVariables.map((name) => ({ name, label, isUsual: false })),
  );
  return [...unique, ...others, { name: 'DATABASE_URL', label: 'PostgreSQL', isUsual: true }];
}

/** What became of a key that was shown to its provider. */
export interface KeyCheck {
  /** untested: nobody could be asked, or the answer says neither. */
  readonly outcome: 'accepted' | 'refused' | 'untested';
  /** For people, without the key. */
  readonly message: string;
}

const timeoutMs = 10_000;
const maxMessageLength = 300;

/** Where the list of models is open to everybody, what tells a right key from a wrong one instead. */
const keyPages: Readonly<Record<string, string>> = {
  huggingface: 'https://huggingface.co/api/whoami-v2',
  openrouter: 'https://openrouter.ai/api/v1/key',
};

const authentication: Partial<Record<Dialect, (key: string) => Record<string, string>>> = {
  anthropic: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  google: (key) => ({ 'x-goog-api-key': key }),
  azure: (key) => ({ 'api-key': key }),
};

/**
 * Shows a key to the provider that its variable belongs to, with a request that costs nothing: the list of models, at the
 * endpoint that the configuration gives the provider or else its own. Takes at most ten seconds; a failure is an answer.
 */
export async function checkKey(variable: string, key: string, config: Config): Promise<KeyCheck> {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    return { outcome: 'refused', message: 'it has spaces or characters that no key has' };
  }
  const page = pageFor(variable, config);
  if (page === undefined) {
    return {
      outcome: 'untested',
      message: 'no page that tells right from wrong is known before a model uses it',
    };
  }
  const { provider, url } = page;
  const headers = authentication[provider.dialect]?.(key) ?? { authorization: `Bearer ${key}` };
  try {
    // A redirect could carry the key to somebody else.
    const request = { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) } as const;
    const response = await fetch(url, request);
    const said = redactKeys(messageIn(await response.text()), key).slice(0, maxMessageLength);
    return judge(response.status, new URL(url).host, said);
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      outcome: 'untested',
      message: `${new URL(url).host} cannot be reached: ${redactKeys(reason, key)}`,
    };
  }
}

function judge(status: number, host: string, said: string): KeyCheck {
  const words = `${host} answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status >= 200 && status < 300) return { outcome: 'accepted', message: `${host} accepts it` };
  // Gemini answers a wrong key with 400.
  const refused = status === 401 || status === 403 || (status === 400 && /api.?key/i.test(said));
  return { outcome: refused ? 'refused' : 'untested', message: words };
}

/** Where to show a key: at an endpoint of one’s own where the configuration names one, else at the provider’s. */
function pageFor(variable: string, config: Config): { provider: Provider; url: string } | undefined {
  const uses = (provider: Provider | undefined) => provider?.keyVariables.includes(variable) === true;
  const own = config.llms.models.find(({ backend, hostname }) => hostname && uses(providerNamed(backend)));
  const provider = own === undefined ? [...providers.values()].find(uses) : providerNamed(own.backend);
  // Bedrock’s models answer at another host than the one that lists them.
  if (provider === undefined || provider.dialect === 'bedrock') return undefined;
  const url = own?.hostname === undefined ? usualPage(provider) : modelsPage(provider, own.hostname);
  return url === undefined ? undefined : { provider, url };
}

function usualPage(provider: Provider): string | undefined {
  const usual = provider.baseUrl && modelsPage(provider, provider.baseUrl);
  return keyPages[provider.name] ?? usual;
}

function modelsPage(provider: Provider, base: string): string {
  const url = new URL(base);
  if (url.pathname === '/') url.pathname = provider.basePath ?? new URL(provider.baseUrl ?? base).pathname;
  // Gemini’s address for OpenAI’s format takes the key another way than its own.
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(provider.dialect === 'google' ? /\/openai$/ : /$^/, '');
  return `${url.origin}${path}/models`;
}

const errorBody = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);

/** The message in an error’s body; empty where there is none that can be read. */
function messageIn(body: string): string {
  try {
    return errorBody.safeParse(JSON.parse(body)).data ?? '';
  } catch {
    // What is no JSON is a page for browsers.
    return '';
  }
}
