import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressGuard } from './address-guard.ts';

const guard = addressGuard([]);

test.each(
  `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:8.8.8.8
64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0
fec0::1 ff02::1 5f00::1 localhost 8.8.8 08.8.8.8`.split(/\s+/),
)('%s may not be reached', (address) => {
  expect(guard(address)).toBe(false);
});

test.each(
  '8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.167.1.1 223.255.255.255 2606:4700:4700::1111 2a00:1450::1'.split(
    ' ',
  ),
)('%s may be reached', (address) => {
  expect(guard(address)).toBe(true);
});

test('an exception is exactly what it says', () => {
  const relaxed = addressGuard(['127.0.0.1', '192.168.4.0/24', 'fd00::/8']);
  for (const address of ['127.0.0.1', '192.168.4.200', 'fd12::1', '8.8.8.8'])
    expect(relaxed(address)).toBe(true);
  for (const address of ['127.0.0.2', '192.168.5.1', 'fe80::1', '::1']) expect(relaxed(address)).toBe(false);
});

test('nothing outside 2000::/3 may be reached by IPv6', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const first = Number.parseInt(address.split(':')[0] || '0', 16);
      fc.pre(first < 0x2000 || first > 0x3fff);
      expect(guard(address)).toBe(false);
    }),
  );
});
