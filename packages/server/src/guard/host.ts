import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { AiosError } from '@aios/protocol';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether only programs of this machine can reach a server bound to the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether the host stands for all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/**
 * Makes the check of the Host header that keeps DNS rebinding out: a page whose own name was pointed at this server still
 * sends that name. Bound to all addresses, any address and the machine’s name are good, for rebinding needs another name.
 */
export function hostCheck(boundHost: string): (header: string | undefined) => void {
  const own = isIP(boundHost) === 6 ? `[${boundHost}]` : boundHost.toLowerCase();
  const isOpen = isWildcard(boundHost);
  /** Clients send the same one with each request. */
  let lastGood: string | undefined;
  return (header) => {
    if (header !== undefined && header === lastGood) return;
    check(header);
    lastGood = header;
  };

  function check(header: string | undefined): void {
    const name = (header ?? '').replace(/:\d+$/, '').toLowerCase();
    if (loopbackNames.has(name) || name === own) return;
    if (isOpen && (isIP(name.replace(/^\[|\]$/g, '')) > 0 || name === hostname().toLowerCase())) return;
    const allowed = [...loopbackNames, ...(loopbackNames.has(own) || isOpen ? [] : [own])];
    throw new AiosError(
      'permission_denied',
      `This kernel does not answer to the host name ${JSON.stringify(header ?? '')}. Call it as ${allowed.join(', ')}` +
        `${isOpen ? ' or by an address of its machine' : ''}.`,
      { disposition: 'fix_input' },
    );
  }
}
