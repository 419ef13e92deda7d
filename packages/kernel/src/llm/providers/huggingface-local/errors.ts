import { AiosError } from '@aios/protocol';
import type { DriverErrorDetails } from '../../driver.ts';

/** The model and the Python that runs it. */
export interface WorkerSpec {
  readonly model: string;
  /** Command or path. */
  readonly python: string;
  /** Folder of the cache. */
  readonly hub: string;
  /** As PyTorch names it; the best one there is when absent. */
  readonly device?: string;
}

const packages = 'torch transformers jinja2';

/** The words of Python, as far as they help. */
const maxQuoted = 1000;

function failed(
  code: 'failed_precondition' | 'unavailable' | 'invalid_argument' | 'not_found',
  message: string,
  { model }: WorkerSpec,
  more: Partial<DriverErrorDetails> = {},
): AiosError {
  const details: DriverErrorDetails = { provider: 'huggingface-local', model, ...more };
  const isOperators = code === 'failed_precondition' || code === 'not_found';
  return new AiosError(code, message, {
    ...(isOperators && { disposition: 'operator' as const }),
    details: { ...details },
  });
}

export function modelMissing(spec: WorkerSpec): AiosError {
  return failed(
    'not_found',
    `There is no model "${spec.model}" with its weights in ${spec.hub}. Download it with: ` +
      `hf download ${spec.model} --cache-dir ${spec.hub} (of pip install huggingface_hub), or correct HF_HOME.`,
    spec,
  );
}

export function cannotChat(spec: WorkerSpec): AiosError {
  return failed(
    'failed_precondition',
    `"${spec.model}" only makes embeddings: its config.json names no architecture that continues texts.`,
    spec,
  );
}

export function pythonMissing(spec: WorkerSpec, reason: string): AiosError {
  return failed(
    'failed_precondition',
    `The Python "${spec.python}" cannot be started (${reason}), so "${spec.model}" cannot run. Install Python 3.10 or ` +
      'newer, or name one with AIOS_PYTHON.',
    spec,
  );
}

export function moduleMissing(spec: WorkerSpec, module: string, message: string): AiosError {
  return failed(
    'failed_precondition',
    `The Python "${spec.python}" lacks ${module} (${quote(message)}), so "${spec.model}" cannot run. Install it with: ` +
      `${spec.python} -m pip install ${packages}. Or name another Python with AIOS_PYTHON.`,
    spec,
  );
}

export function loadFailed(spec: WorkerSpec, message: string): AiosError {
  return failed('failed_precondition', `"${spec.model}" cannot be loaded. ${quote(message)}`, spec);
}

export function jobFailed(spec: WorkerSpec, message: string): AiosError {
  return failed('unavailable', `"${spec.model}" failed. ${quote(message)}`, spec);
}

export function jobRefused(spec: WorkerSpec, message: string): AiosError {
  return failed('invalid_argument', message, spec);
}

/** The process ended by itself or was ended, and not by us on purpose. */
export function workerDied(spec: WorkerSpec, how: string, lastWords: string): AiosError {
  const words = lastWords === '' ? '' : ` Its last words: ${quote(lastWords)}`;
  return failed('unavailable', `The process that runs "${spec.model}" ${how}.${words}`, spec);
}

/** A rejected job of which pieces had reached the caller. */
export function begun(error: AiosError): AiosError {
  const { code, message, disposition, details } = error;
  return new AiosError(code, message, { disposition, details: { ...details, begun: true } });
}

/** The end of what Python says names the error. */
function quote(text: string): string {
  return text.length > maxQuoted ? `…${text.slice(-maxQuoted)}` : text;
}
