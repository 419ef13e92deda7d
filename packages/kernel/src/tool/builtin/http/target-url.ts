import { isIP } from 'node:net';
import { AiosError } from '@aios/protocol';
import { type AddressGuard, refusedHost } from '../../../network/index.ts';
import type { ToolContext } from '../../tool.ts';

/**
 * A URL that may be asked for: http or https, without credentials, its host granted to the caller. A host that is an address
 * is checked here, because the socket looks up names only.
 */
export async function checkTarget(
  text: string,
  base: URL | undefined,
  context: Pick<ToolContext, 'authorise'>,
  isAllowed: AddressGuard,
): Promise<URL> {
  const url = URL.parse(text, base?.href);
  if (url === null)
    throw invalid(`${JSON.stringify(text.slice(0, 200))} is no URL; write it like https://example.com/page`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`${url.protocol} cannot be asked for, only http: and https:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('the URL holds a user name or password; leave them out');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  await context.authorise('net.connect', host);
  if (isIP(host) !== 0 && !isAllowed(host)) throw refusedHost(host);
  return url;
}

function invalid(reason: string): AiosError {
  return new AiosError('invalid_argument', `url: ${reason}.`);
}
