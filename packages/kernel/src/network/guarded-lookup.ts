import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AiosError } from '@aios/protocol';
import type { AddressGuard } from './address-guard.ts';

/** Finds all addresses of a host. */
export type Lookup = (host: string) => Promise<LookupAddress[]>;

export function operatingSystemLookup(host: string): Promise<LookupAddress[]> {
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>();
  systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  return promise;
}

/**
 * The lookup that the socket itself uses: what passes here is what is connected to, so a name that resolves to something
 * else a moment later (DNS rebinding) gains nothing.
 */
export function guardedLookup(lookup: Lookup, isAllowed: AddressGuard): LookupFunction {
  return (host, options, callback) => {
    lookup(host).then(
      (found) => {
        const addresses = found.filter(({ address }) => isAllowed(address));
        const [first] = addresses;
        if (first === undefined) callback(refusedHost(host), []);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

/** The addresses are not told: who asks could map a private network by them. */
export function refusedHost(host: string): AiosError {
  return new AiosError(
    'permission_denied',
    `${host} is a loopback, private or reserved address, which tools may not reach. An operator can allow it with tool.http_allow in config.yaml.`,
    { disposition: 'operator' },
  );
}
