import type { ModelDescription } from '@aios/protocol';
import type { Screen } from './screen.ts';
import { type Column, renderTable } from './table.ts';
import { formatCount } from './text.ts';

/** A table of models, the default marked with `*`, and below it what a user should know about some. */
export function showModels(models: readonly ModelDescription[], screen: Screen): void {
  const [titles = '', ...lines] = renderTable(columns, models, screen.width);
  screen.line(screen.paint('heading', titles));
  for (const line of lines) screen.line(line);
  screen.line(screen.paint('faint', legend));
  for (const { name, notice, health } of models) {
    const remarks = new Set([notice, health?.reason].filter((remark) => remark !== undefined));
    for (const remark of remarks) screen.prose(`${name}: ${remark}`, 'warning');
  }
}

/** What tells models apart, as letters: the names of models need the room. That one chats goes without saying. */
const abilities = { tools: 't', json: 'j', images: 'i', reasoning: 'r', embed: 'e' } as const;
const legend = 'CAN: t tools, j JSON by a schema, i images, r reasoning, e embeddings.';

function abilitiesOf({ capabilities }: ModelDescription): string {
  const known: Readonly<Record<string, string>> = abilities;
  return capabilities.map((name) => known[name] ?? '').join('');
}

/** `128k`, `1M`: as vendors write it. */
function formatContext(tokens: number | undefined): string {
  if (tokens === undefined) return '-';
  if (tokens >= 1_000_000) return `${Math.round(tokens / 100_000) / 10}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}

function formatPrice(usd: number | undefined): string {
  return usd === undefined ? '-' : usd.toFixed(usd > 0 && usd < 0.1 ? 3 : 2);
}

const columns: Column<ModelDescription>[] = [
  { title: '', value: ({ isDefault }) => (isDefault ? '*' : '') },
  { title: 'MODEL', value: ({ name }) => name, flexible: true },
  { title: 'PROVIDER', value: ({ provider }) => provider },
  { title: 'CONTEXT', value: ({ contextTokens }) => formatContext(contextTokens), align: 'right' },
  { title: '$/M IN', value: ({ prices }) => formatPrice(prices?.input), align: 'right' },
  { title: 'OUT', value: ({ prices }) => formatPrice(prices?.output), align: 'right' },
  { title: 'CAN', value: abilitiesOf },
  { title: 'HEALTH', value: ({ health }) => health?.state ?? '-' },
  { title: 'BUSY', value: ({ running, concurrency }) => `${running}/${concurrency}`, align: 'right' },
  { title: 'QUEUED', value: ({ queued }) => formatCount(queued), align: 'right' },
];
