import { BlockList, isIP } from 'node:net';
import { parseSubnet } from '../config/index.ts';

// Which addresses a tool may connect to. Everything that is not public is refused, unless the configuration allows it.

/** IPv4 that is not the public internet: IANA’s special-purpose registry, and the metadata address of Azure. */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The only part of IPv6 that is public; mapped, translated, local and multicast addresses all lie outside. */
const publicIpv6 = ['2000::/3'];
/** Parts of it that are not: Teredo and others, documentation, 6to4, documentation. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = blockListOf([...specialIpv4, ...specialIpv6]);
const publicInternet = blockListOf(publicIpv6);

/** Answers whether an address may be connected to. */
export type AddressGuard = (address: string) => boolean;

/** @param allowed addresses and subnets that may be reached although they are not public */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const exceptions = blockListOf(allowed);
  return (address) => {
    const version = isIP(address);
    // Addresses with a zone (fe80::1%eth0) are link-local, and the lists cannot read them.
    if (version === 0 || address.includes('%')) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (exceptions.check(address, family)) return true;
    if (special.check(address, family)) return false;
    return family === 'ipv4' || publicInternet.check(address, family);
  };
}

function blockListOf(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of subnets) {
    const subnet = parseSubnet(text);
    if (subnet !== undefined) list.addSubnet(subnet.address, subnet.prefix, subnet.family);
  }
  return list;
}
