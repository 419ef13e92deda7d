import { registerHooks } from 'node:module';
import {
  type AgentDefinition,
  type AgentManifest,
  AiosError,
  agentDefinitionMarker,
  agentManifest,
} from '@aios/protocol';

/** Imports an agent’s file and checks that its default export is an agent. Throws `invalid_argument` saying what is wrong. */
export async function importAgent(entry: string): Promise<AgentDefinition> {
  const file = entry.replace(/\?.*$/, '');
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(entry);
    exported = module.default;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AiosError('invalid_argument', `The agent’s file ${file} cannot be loaded: ${message}`, {
      cause: error,
    });
  }
  if (!isAgentDefinition(exported)) {
    throw new AiosError(
      'invalid_argument',
      `${file} is no agent: its default export must be the result of defineAgent from @aios/sdk.`,
    );
  }
  return exported;
}

/** Lets an agent’s file outside of this checkout import what AIOS offers to agents: specifier to URL. */
export function offerImports(offered: Readonly<Record<string, string>>): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = offered[specifier];
      if (url === undefined) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        // The agent brings no copy of its own, so it gets the kernel’s.
        return { url, shortCircuit: true };
      }
    },
  });
}

function isAgentDefinition(value: unknown): value is AgentDefinition {
  return typeof value === 'object' && value !== null && agentDefinitionMarker in value;
}

/** The agent’s manifest with defaults filled in, or `invalid_argument` naming the bad field. */
export function manifestOf(definition: AgentDefinition): AgentManifest {
  const result = agentManifest.safeParse(definition.manifest);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new AiosError('invalid_argument', `The agent’s manifest is not valid: ${problems}`);
}
