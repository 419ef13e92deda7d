import { AiosError } from '@aios/protocol';
import { type Endpoint, keyPlaces } from './endpoint.ts';

/** Throws `failed_precondition` where a needed key is missing, or has characters that cannot be sent; never quotes it. */
export function refuseUnusableKey(endpoint: Endpoint): void {
  const { provider, key } = endpoint;
  const options = { disposition: 'operator', details: { provider: provider.name } } as const;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new AiosError(
      'failed_precondition',
      `The key of ${provider.label} has characters that no key has, such as spaces. Set it anew: ${keyPlaces(endpoint)}.`,
      options,
    );
  }
  if (!provider.keyRequired || key !== undefined) return;
  throw new AiosError(
    'failed_precondition',
    `${provider.label} needs a key and none is set. Set one of: ${keyPlaces(endpoint)}.`,
    options,
  );
}
