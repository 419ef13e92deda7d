import { type Config, withSecrets } from '../../config/index.ts';
import { providerNamed, providers } from '../providers/table.ts';
import { knownSecrets } from './provider-keys.ts';

/** A secret as it may be shown. */
export interface ListedSecret {
  /** The variable, or the key of config.yaml. */
  readonly name: string;
  /** Both ends of the value, such as `sk-…abcd`; absent where it is not set. */
  readonly masked?: string;
  readonly source?: 'environment' | '.env' | 'config.yaml';
  /** Provider that it is the key of. */
  readonly provider?: string;
  /** Whether a kernel with the same environment uses it. */
  readonly isUsed: boolean;
  /** Why it is not used, or when. */
  readonly remark?: string;
}

export interface SecretSources {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of the secret store. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Every secret that is set, and the known ones that are not. Of two places for the same, the one in force comes first. */
export function listSecrets(sources: SecretSources): ListedSecret[] {
  const known = knownSecrets();
  const names = new Set(known.map(({ name }) => name));
  const others = Object.keys(sources.secrets).filter((name) => !names.has(name));
  return [
    ...[...names].flatMap((name) => listVariable(name, sources)),
    ...others.flatMap((name) => listVariable(name, sources)),
    ...listConfigured(sources.config),
  ];
}

/** Only what opens something is a secret: a folder, a region or an address without a password may be seen. */
function shown(name: string, value: string): string {
  const isOpen = /^(HF_HOME|HF_HUB_CACHE|AIOS_PYTHON|AIOS_MODEL|AWS_REGION|OLLAMA_HOST)$/.test(name);
  return isOpen && !value.includes('@') ? value : maskSecret(value);
}

/** Both ends of a long secret, nothing of a short one. */
export function maskSecret(value: string): string {
  if (value.includes('://') || value.length < 16) return '********';
  return `${value.slice(0, 3)}…${value.slice(-4)}`;
}

function listVariable(name: string, sources: SecretSources): ListedSecret[] {
  const { environment, secrets } = sources;
  const provider = knownSecrets().find((secret) => secret.name === name)?.provider;
  const common = { name, ...(provider !== undefined && { provider }) };
  const fromProcess = environment[name]?.trim();
  const stored = secrets[name]?.trim();
  const reason = reasonAgainst(name, provider, sources);
  const verdict = { isUsed: reason === undefined, ...(reason !== undefined && { remark: reason }) };
  const rows: ListedSecret[] = [];
  if (fromProcess) {
    rows.push({ ...common, masked: shown(name, fromProcess), source: 'environment', ...verdict });
  }
  if (stored) {
    const shadowed = { isUsed: false, remark: 'the environment comes first' };
    rows.push({
      ...common,
      masked: shown(name, stored),
      source: '.env',
      ...(fromProcess ? shadowed : verdict),
    });
  }
  return rows.length > 0 ? rows : [{ ...common, isUsed: false }];
}

/** Why the kernel does not use a variable that is set. */
function reasonAgainst(
  name: string,
  providerName: string | undefined,
  { config, environment, secrets }: SecretSources,
): string | undefined {
  const provider = providerName === undefined ? undefined : providers.get(providerName);
  if (provider === undefined) {
    const isRead = name === 'AIOS_MODEL' || knownSecrets().some((secret) => secret.name === name);
    return isRead ? undefined : 'nothing reads it';
  }
  if (configuredKey(config, provider.name)) return `api_keys.${provider.name} of config.yaml comes first`;
  const merged = withSecrets(environment, secrets);
  const first = provider.keyVariables.find((variable) => merged[variable]?.trim());
  return first === undefined || first === name ? undefined : `${first} comes first`;
}

function configuredKey(config: Config, provider: string): string | undefined {
  const entry = config.api_keys[provider];
  return (typeof entry === 'string' ? entry : entry?.auth_token)?.trim() || undefined;
}

function listConfigured(config: Config): ListedSecret[] {
  const shared = Object.keys(config.api_keys).flatMap((provider) => {
    const value = configuredKey(config, provider);
    return value === undefined ? [] : [{ name: `api_keys.${provider}`, provider, value }];
  });
  const own = config.llms.models.flatMap(({ backend, api_key: value }, index) =>
    value?.trim() ? [{ name: `llms.models[${index}].api_key`, provider: backend, value: value.trim() }] : [],
  );
  return [...shared, ...own].map(({ name, provider, value }) => {
    const isKnown = providerNamed(provider) !== undefined;
    return {
      name,
      provider,
      masked: maskSecret(value),
      source: 'config.yaml' as const,
      isUsed: isKnown,
      ...(!isKnown && { remark: 'there is no such provider' }),
    };
  });
}
