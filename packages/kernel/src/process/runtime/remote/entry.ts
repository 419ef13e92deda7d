import { type AgentManifest, agentManifest } from '@aios/protocol';

const scheme = 'remote:';

/** What stands for the file of an agent that has none here: its name, and what its processes need over a restart. */
export function remoteEntry({ name, unknownEffects }: AgentManifest): string {
  return `${scheme}${name}?unknownEffects=${unknownEffects}`;
}

export function isRemote(entry: string): boolean {
  return entry.startsWith(scheme);
}

/** The manifest of a process that is on record, whether somebody serves its agent or not. */
export function remoteAgent(entry: string): AgentManifest {
  const url = new URL(entry);
  return agentManifest.parse({
    name: url.pathname,
    runtime: 'remote',
    unknownEffects: url.searchParams.get('unknownEffects'),
  });
}
