import { AiosError } from '@aios/protocol';
import { bootInstallation } from '@aios/testing/installation';
import type { Capability, Result } from './check.ts';
import { firstCheck, otherChecks } from './checks/index.ts';
import { runCheck } from './run-check.ts';
import { Subject } from './subject.ts';
import { configOf, entryNames, environmentOf, type Target } from './target.ts';

interface CheckOptions {
  /** Holds the provider’s key. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the check and removes what it made. */
  readonly signal: AbortSignal;
  /** Called for each result as soon as it is there. */
  readonly onResult?: (result: Result) => void;
}

export interface Report {
  readonly backend: string;
  readonly model: string;
  readonly capabilities: readonly Capability[];
  /** Nothing that the model promises failed. */
  readonly passed: boolean;
  /** In the order of the checks; only the first where the model does not answer at all. */
  readonly results: readonly Result[];
}

/**
 * Checks a model through a kernel in a temporary home. Throws AiosErrors where the target cannot be configured, such as for an
 * unknown backend, and the reason of the signal where it ended the check.
 */
export async function checkProvider(target: Target, options: CheckOptions): Promise<Report> {
  const { env, signal, onResult } = options;
  await using installation = await bootInstallation({ config: configOf(target), env: environmentOf(env) });
  signal.throwIfAborted();
  const { session } = installation;
  const { models } = await session.call('llm.models', {});
  const description = models.find(({ name }) => name === entryNames.chat);
  if (description === undefined) {
    throw new AiosError('internal', 'The kernel does not list the model that it was configured with.');
  }
  const subject = new Subject({ channel: session, description, embeds: target.embed !== undefined, signal });

  const results: Result[] = [];
  for (const check of [firstCheck, ...otherChecks]) {
    const result = await runCheck(check, subject, signal);
    results.push(result);
    onResult?.(result);
    if (check === firstCheck && result.outcome === 'failed') break;
  }
  return {
    backend: target.backend,
    model: target.model,
    capabilities: description.capabilities,
    passed: results.every(({ outcome }) => outcome !== 'failed'),
    results,
  };
}
