import type { JsonObject } from '@aios/protocol';
import { objectOf, textOf } from '../wire-server/index.ts';

/** Claude 4.7 and later: they think adaptively and take no sampling parameters. */
const newerModels = /^claude-(?:[a-z]+-4-[7-9]|[a-z]+-[5-9])/;

/** Claude 4.6 and later. */
const withoutPrefill = /^claude-(?:[a-z]+-4-[6-9]|[a-z]+-[5-9])/;

/** https://platform.claude.com/docs/en/about-claude/models/whats-new-claude-4-6#prefill-removal */
export function refusesPrefill(body: JsonObject): boolean {
  return withoutPrefill.test(textOf(body.model));
}

/** What newer models refuse that older ones take. */
export function beyondNewerModel(body: JsonObject): string | undefined {
  if (!newerModels.test(textOf(body.model))) return undefined;
  const sampling = ['temperature', 'top_p', 'top_k'].find((parameter) => body[parameter] !== undefined);
  if (sampling !== undefined) return `\`${sampling}\` is deprecated for this model.`;
  if (objectOf(body.thinking).type !== 'enabled') return undefined;
  return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
}
