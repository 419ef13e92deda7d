import type { Config } from '../../config/index.ts';
import { configError } from './config-error.ts';
import type { CoreSettings, GroupSettings } from './core-settings.ts';

/** Finds the model or group that a name stands for. */
export type ModelAliases = (name: string) => string | undefined;

/**
 * Aliases as `config.yaml` or a key lists them: exact names before patterns, patterns in their order. In a pattern `*` is any
 * run of characters. Other case does not matter, for vendors do not care either.
 */
export function createAliases(entries: Readonly<Record<string, string>>): ModelAliases {
  const exact = new Map<string, string>();
  const patterns: { matches: RegExp; target: string }[] = [];
  for (const [name, target] of Object.entries(entries)) {
    if (name.includes('*')) patterns.push({ matches: patternOf(name), target });
    else exact.set(name.toLowerCase(), target);
  }
  if (exact.size === 0 && patterns.length === 0) return () => undefined;
  return (name) =>
    exact.get(name.toLowerCase()) ?? patterns.find(({ matches }) => matches.test(name))?.target;
}

/** The aliases of config.yaml. Throws `invalid_argument` naming one that leads nowhere. */
export function configuredAliases(
  { llms }: Config,
  cores: readonly CoreSettings[],
  groups: readonly GroupSettings[],
): ModelAliases {
  const known = [...cores, ...groups].map(({ name }) => name);
  for (const [name, target] of Object.entries(llms.aliases)) {
    if (known.includes(target)) continue;
    throw configError(
      `llms.aliases.${name}`,
      `There is no model or group "${target}". Known: ${known.join(', ')}.`,
    );
  }
  return createAliases(llms.aliases);
}

function patternOf(text: string): RegExp {
  const parts = text.split(/\*+/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}
