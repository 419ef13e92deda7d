import { toAiosError } from '@aios/protocol';
import { type Check, type Finding, failed, notOffered, type Result } from './check.ts';
import type { Subject } from './subject.ts';

/** Runs a check on the model. Throws only what ended the whole check. */
export async function runCheck(check: Check, subject: Subject, signal: AbortSignal): Promise<Result> {
  const startedAt = performance.now();
  const tokensBefore = subject.tokens;
  const finding = await findingOf(check, subject);
  signal.throwIfAborted();
  return {
    name: check.name,
    ...finding,
    ms: Math.round(performance.now() - startedAt),
    tokens: subject.tokens - tokensBefore,
  };
}

async function findingOf(check: Check, subject: Subject): Promise<Finding> {
  const { needs } = check;
  if (needs !== undefined && !subject.offers(needs)) return notOffered(`the model has no "${needs}"`);
  const finding = await check.run(subject).catch((thrown: unknown) => {
    const { code, message } = toAiosError(thrown);
    return failed(`${code}: ${message}`);
  });
  const isPromised = needs === undefined || needs === 'stream' || !subject.isGuessed;
  return finding.outcome === 'failed' && !isPromised ? notOffered(finding.note) : finding;
}
