import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  canonicalIp,
  formatEndpoint,
  ipBytes,
  ipText,
  parseHostPort,
  parsePort,
  parseSocketPath,
  plainIp,
  writeIp,
} from '../../src/address.ts';

const HOST_PORTS: Record<string, { host: string; port: number | null } | null> = {
  '1.2.3.4': { host: '1.2.3.4', port: null },
  '1.2.3.4:80': { host: '1.2.3.4', port: 80 },
  'redis:6379': { host: 'redis', port: 6379 },
  'Redis.Example.COM.': { host: 'redis.example.com', port: null },
  '[::1]': { host: '::1', port: null },
  '[2001:DB8:0:0::1]:443': { host: '2001:db8::1', port: 443 },
  '[::ffff:10.0.0.1]:443': { host: '10.0.0.1', port: 443 },
  '': null,
  ':80': null,
  '::1': null,
  '[::1': null,
  '[::1]80': null,
  '[::1]:': null,
  '[fe80::1%eth0]:80': null,
  '[1.2.3.4]:80': null,
  '[name]:80': null,
  'name:': null,
  'name:0': null,
  'name:080': null,
  'name:65536': null,
  'two words:80': null,
  'name/path:80': null,
  '127.1:80': null,
  '0x7f000001:80': null,
  '2130706433': null,
  '010.0.0.1': null,
};

test('a host and port parse in their one spelling, and nothing else does', () => {
  for (const [text, expected] of Object.entries(HOST_PORTS)) {
    assert.deepEqual(parseHostPort(text), expected, text);
  }
});

test('a port is 1 to 65535 in plain decimal', () => {
  assert.deepEqual(['1', '443', '65535'].map(parsePort), [1, 443, 65_535]);
  for (const text of ['', '0', '00', '080', '65536', '99999', '1e3', '+1', ' 1', '0x50', '１']) {
    assert.equal(parsePort(text), null, text);
  }
});

const CANONICAL: Record<string, string | null> = {
  '10.0.0.1': '10.0.0.1',
  '::': '::',
  '0:0:0:0:0:0:0:1': '::1',
  '1::': '1::',
  '2001:DB8::A:0:0:1': '2001:db8::a:0:0:1',
  '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
  '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
  '1:0:0:2:0:0:3:4': '1::2:0:0:3:4',
  '::ffff:127.0.0.1': '127.0.0.1',
  '::FFFF:7f00:1': '127.0.0.1',
  '::127.0.0.1': '::7f00:1',
  '64:ff9b::1.2.3.4': '64:ff9b::102:304',
  'fe80::1%eth0': null,
  'fe80::1%1': null,
  '[::1]': null,
  '127.1': null,
  '127.0.0.01': null,
  '0177.0.0.1': null,
  '0x7f.0.0.1': null,
  '2130706433': null,
  '169.254.43518': null,
  '1.2.3.4.5': null,
  '1.2.3.256': null,
  '1.2.3': null,
  '1::2::3': null,
  ':::': null,
  '1:2:3:4:5:6:7': null,
  '1:2:3:4:5:6:7:8:9': null,
  '12345::': null,
  localhost: null,
  '': null,
  ' 10.0.0.1': null,
};

test('an IP literal has one spelling', () => {
  for (const [text, expected] of Object.entries(CANONICAL)) {
    assert.equal(canonicalIp(text), expected, text);
  }
});

test('IPv4 bytes survive text and back', () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      assert.equal(ipText(ipBytes(ip)), ip);
      assert.deepEqual([...ipBytes(ip)], ip.split('.').map(Number));
    }),
  );
});

test('IPv6 is spelled as the URL standard spells it, but for mapped IPv4', () => {
  const groups = fc.array(fc.constantFrom(0, 0, 0, 1, 0xab, 0xffff), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), groups.map(toHex)), (ip) => {
      const expected = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
      if (expected.startsWith('::ffff:') && expected.split(':').length === 5) return;
      assert.equal(canonicalIp(ip), expected);
      assert.equal(ipText(ipBytes(expected)), expected);
    }),
  );
});

test('an address is written where it is asked to be, and nowhere else', () => {
  for (const ip of ['255.0.10.1', '2001:db8::1', '::', '1:2:3:4:5:6:7.8.9.10']) {
    const bytes = new Uint8Array(24).fill(0xee);
    const end = writeIp(ip, bytes, 3);
    assert.deepEqual(bytes.subarray(3, end), ipBytes(ip), ip);
    assert.ok(bytes.subarray(0, 3).every((byte) => byte === 0xee));
    assert.ok(bytes.subarray(end).every((byte) => byte === 0xee));
  }
});

test('a socket path has one spelling', () => {
  const longest = `/${'a'.repeat(106)}`;
  for (const path of ['/run/app.sock', '/a', '/run/.hidden/a b', longest]) {
    assert.equal(parseSocketPath(path), path);
  }
  const refused = ['', '/', 'run/app', './a', '/run/', '//run', '/run//a', '/run/./a', '/run/../a'];
  for (const path of [
    ...refused,
    '/run/..',
    '/a\0b',
    '/a\nb',
    `${longest}a`,
    `/${'é'.repeat(54)}`,
  ]) {
    assert.equal(parseSocketPath(path), null, path);
  }
});

test('an address that node reports is unwrapped', () => {
  assert.equal(plainIp('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(plainIp('fe80::1%eth0'), 'fe80::1');
  assert.equal(plainIp('2001:db8::1'), '2001:db8::1');
  assert.equal(plainIp('10.0.0.1'), '10.0.0.1');
});

test('an endpoint prints as an operator would write it', () => {
  assert.equal(formatEndpoint({ ip: '10.0.0.1', port: 80 }), '10.0.0.1:80');
  assert.equal(formatEndpoint({ ip: 'fd00::1', port: 443 }), '[fd00::1]:443');
  assert.equal(formatEndpoint({ path: '/run/app.sock' }), 'unix:/run/app.sock');
});

function toHex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
