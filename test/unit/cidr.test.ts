import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ipBytes, ipText } from '../../src/address.ts';
import {
  cidrContains,
  formatAddressRule,
  parseAddressRule,
  parseCidr,
  socketTreeContains,
} from '../../src/cidr.ts';

const BLOCKS: Record<string, string | null> = {
  '10.0.0.0/8': 'same',
  '0.0.0.0/0': 'same',
  '10.1.2.3': '10.1.2.3/32',
  '10.1.2.3/32': 'same',
  'FD00::/8': 'fd00::/8',
  '::/0': 'same',
  '::1': '::1/128',
  '2001:db8::/33': 'same',
  '::ffff:10.0.0.1': '10.0.0.1/32',
  '::ffff:10.0.0.0/104': '10.0.0.0/8',
  '::ffff:0:0/96': '0.0.0.0/0',
  '::ffff:10.0.0.0/8': null,
  '::ffff:10.0.0.0/32': null,
  '10.0.0.1/8': null,
  'fd00::1/8': null,
  '10.0.0.0/33': null,
  '::/129': null,
  '10.0.0.0/08': null,
  '10.0.0.0/': null,
  '10.0.0.0/-1': null,
  '10.0.0.0/255.0.0.0': null,
  '10/8': null,
  '127.1': null,
  'fe80::%eth0/10': null,
  localhost: null,
  '': null,
  '/8': null,
  'unix:/run': null,
};

test('a block parses when no bit is set past its prefix', () => {
  for (const [text, expected] of Object.entries(BLOCKS)) {
    const cidr = parseCidr(text);
    const printed = cidr === null ? null : formatAddressRule(cidr);
    assert.equal(printed, expected === 'same' ? text : expected, text);
  }
});

test('a block contains what the system says it contains', () => {
  const cases = fc.oneof(
    fc.record({ bits: fc.nat(32), bytes: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
    fc.record({ bits: fc.nat(128), bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  );
  fc.assert(
    fc.property(cases, fc.nat(127), ({ bits, bytes }, flipped) => {
      const base = bytes.map(
        (byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))),
      );
      const address = Uint8Array.from(bytes);
      address[(flipped >> 3) % bytes.length]! ^= 0x80 >> (flipped & 7);
      const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
      const list = new BlockList();
      list.addSubnet(literal(base), bits, family);
      const contains = cidrContains({ bytes: base, prefix: bits }, address);
      assert.equal(contains, list.check(literal(address), family));
    }),
  );
});

test('families never match each other', () => {
  assert.equal(cidrContains(parseCidr('0.0.0.0/0')!, ipBytes('::1')), false);
  assert.equal(cidrContains(parseCidr('::/0')!, ipBytes('127.0.0.1')), false);
});

test('a rule names a block or a folder of unix sockets', () => {
  const printed = (text: string) => {
    const rule = parseAddressRule(text);
    return rule === null ? null : formatAddressRule(rule);
  };
  assert.equal(printed('10.0.0.0/8'), '10.0.0.0/8');
  assert.equal(printed('unix:/run/apps'), 'unix:/run/apps');
  assert.equal(printed('unix:/run/apps/'), 'unix:/run/apps');
  assert.equal(printed('unix:/'), 'unix:/');
  for (const text of [
    'unix:',
    'unix:run',
    'unix://run',
    'unix:/run/../etc',
    'unix:/run//',
    '/run',
  ]) {
    assert.equal(printed(text), null, text);
  }
});

test('a folder contains itself and what is below it, not its namesakes', () => {
  const tree = { path: '/run/app' };
  assert.ok(socketTreeContains(tree, '/run/app'));
  assert.ok(socketTreeContains(tree, '/run/app/1.sock'));
  assert.ok(!socketTreeContains(tree, '/run/apple'));
  assert.ok(!socketTreeContains(tree, '/run'));
  assert.ok(socketTreeContains({ path: '/' }, '/run/apple'));
});

// Never as mapped IPv4, which BlockList would compare with the IPv4 blocks.
function literal(bytes: Uint8Array): string {
  if (bytes.length === 4) return ipText(bytes);
  return Buffer.from(bytes).toString('hex').match(/.{4}/g)!.join(':');
}
