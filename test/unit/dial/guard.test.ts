import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Endpoint } from '../../../src/address.ts';
import { parseAddressRule } from '../../../src/cidr.ts';
import { createGuard, type Guard, type GuardOptions } from '../../../src/dial/guard.ts';

const LOOPBACK = 'loopback';
const LINK_LOCAL = 'link-local, where cloud metadata is';
const THIS_NETWORK = 'this network, which is this machine';
const NAT64 = 'a NAT64 spelling of an IPv4 address';
const OWN = 'an address of sluice itself';
const NOT_IP = 'not an IP address';

const BY_DEFAULT: Record<string, string | null> = {
  '10.0.0.1': null,
  '172.17.0.2': null,
  '192.168.1.1': null,
  '100.64.0.1': null,
  '8.8.8.8': null,
  '1.0.0.0': null,
  '126.255.255.255': null,
  '128.0.0.1': null,
  '169.253.255.255': null,
  '169.255.0.0': null,
  '223.255.255.255': null,
  'fd00::1': null,
  'fd00:ec3::254': null,
  '2001:db8::1': null,
  '2606:4700::1111': null,
  'fec0::1': null,
  '0.0.0.0': THIS_NETWORK,
  '0.255.255.255': THIS_NETWORK,
  '127.0.0.1': LOOPBACK,
  '127.255.255.255': LOOPBACK,
  '169.254.0.0': LINK_LOCAL,
  '169.254.169.254': LINK_LOCAL,
  '169.254.170.2': LINK_LOCAL,
  '224.0.0.1': 'multicast',
  '239.255.255.255': 'multicast',
  '240.0.0.1': 'reserved or broadcast',
  '255.255.255.255': 'reserved or broadcast',
  '168.63.129.16': 'the metadata of Azure',
  '100.100.100.200': 'the metadata of Alibaba Cloud',
  '192.0.0.192': 'the metadata of Oracle Cloud',
  '::': 'unspecified, which is this machine',
  '::1': LOOPBACK,
  'fe80::1': 'link-local',
  'febf:ffff::1': 'link-local',
  'ff02::1': 'multicast',
  'fd00:ec2::254': 'the metadata of AWS',
  'fd00:ec2::23': 'the metadata of AWS',
  'fd20:ce::254': 'the metadata of Google Cloud',
  // The same addresses, spelled otherwise.
  '0:0:0:0:0:0:0:1': LOOPBACK,
  '::ffff:127.0.0.1': LOOPBACK,
  '::ffff:7f00:1': LOOPBACK,
  '::FFFF:A9FE:A9FE': LINK_LOCAL,
  '::ffff:10.0.0.1': null,
  '::127.0.0.1': `a spelling of 127.0.0.1, which is ${LOOPBACK}`,
  '::a9fe:a9fe': `a spelling of 169.254.169.254, which is ${LINK_LOCAL}`,
  '::10.0.0.1': null,
  '::2': `a spelling of 0.0.0.2, which is ${THIS_NETWORK}`,
  '::ffff:0:127.0.0.1': `a spelling of 127.0.0.1, which is ${LOOPBACK}`,
  '::ffff:0:10.0.0.1': null,
  '64:ff9b::127.0.0.1': NAT64,
  '64:ff9b::a00:1': NAT64,
  '64:ff9b:1::a9fe:a9fe': NAT64,
  '64:ff9b:1:ffff::1': NAT64,
  '2002:7f00:1::': `a spelling of 127.0.0.1, which is ${LOOPBACK}`,
  '2002:a9fe:a9fe::1': `a spelling of 169.254.169.254, which is ${LINK_LOCAL}`,
  '2002:a00:1::1': null,
  // Teredo: the relay 127.0.0.1; then the client 127.0.0.1, whose bits are inverted.
  '2001:0:7f00:1::f5ff:fffe': `a spelling of 127.0.0.1, which is ${LOOPBACK}`,
  '2001:0:808:808::80ff:fffe': `a spelling of 127.0.0.1, which is ${LOOPBACK}`,
  '2001:0:808:808::f5ff:fffe': null,
  // Not addresses at all, whatever `inet_aton` makes of them.
  '127.1': NOT_IP,
  '0': NOT_IP,
  '2130706433': NOT_IP,
  '0x7f000001': NOT_IP,
  '0x7f.1': NOT_IP,
  '0177.0.0.1': NOT_IP,
  '127.0.0.01': NOT_IP,
  '169.254.43518': NOT_IP,
  '0xa9fea9fe': NOT_IP,
  localhost: NOT_IP,
  'fe80::1%eth0': NOT_IP,
  '[::1]': NOT_IP,
  '': NOT_IP,
};

test('by default nothing on this machine, its link or its cloud is a backend, in any spelling', () => {
  const refusal = guardOf({});
  for (const [ip, expected] of Object.entries(BY_DEFAULT)) {
    assert.equal(refusal({ ip, port: 443 }), expected, ip);
  }
});

interface Row {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly refused: readonly string[];
  readonly allowed: readonly string[];
}

const RULES: Record<string, Row> = {
  'allowing a block by name lifts its denial': {
    allow: ['127.0.0.0/8', '::1'],
    refused: ['169.254.169.254', '0.0.0.0', '::'],
    allowed: ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '10.0.0.1'],
  },
  'allowing one address lifts the denial for that one': {
    allow: ['127.0.0.2'],
    refused: ['127.0.0.1', '127.0.0.3'],
    allowed: ['127.0.0.2'],
  },
  'allowing everything lifts no denial': {
    allow: ['0.0.0.0/0', '::/0'],
    refused: ['127.0.0.1', '169.254.169.254', '::1', 'fe80::1', '64:ff9b::808:808'],
    allowed: ['10.0.0.1', 'fd00::1'],
  },
  'a denial adds to the defaults': {
    deny: ['10.1.0.0/16', 'fd00::/8'],
    refused: ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '127.0.0.1'],
    allowed: ['10.2.0.0', '2001:db8::1'],
  },
  'the more specific rule wins, whichever it is': {
    allow: ['10.0.0.0/8', '10.1.2.0/24'],
    deny: ['10.1.0.0/16', '10.1.2.3'],
    refused: ['10.1.0.1', '10.1.2.3'],
    allowed: ['10.0.0.1', '10.1.2.4', '10.2.0.1'],
  },
  'of an equal allowance and denial the denial wins': {
    allow: ['127.0.0.0/8', '10.0.0.0/8'],
    deny: ['127.0.0.0/8', '10.0.0.0/8'],
    refused: ['127.0.0.1', '10.0.0.1'],
    allowed: ['172.16.0.1'],
  },
  'denying everything makes the allowances a list of what is left': {
    allow: ['10.0.0.0/8', 'fd00:1::/32'],
    deny: ['0.0.0.0/0', '::/0'],
    refused: ['192.168.0.1', '8.8.8.8', 'fd00:2::1', '127.0.0.1', '::1'],
    allowed: ['10.0.0.1', 'fd00:1::1'],
  },
  'an address that stands for another has to pass as both': {
    allow: ['64:ff9b::/96'],
    deny: ['10.0.0.0/8'],
    refused: ['64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '2002:a00:1::1', '64:ff9b:1::808:808'],
    allowed: ['64:ff9b::808:808'],
  },
  'an address that stands for an allowed one passes': {
    allow: ['64:ff9b::/96', '127.0.0.0/8'],
    refused: ['64:ff9b::a9fe:a9fe'],
    allowed: ['64:ff9b::127.0.0.1', '::127.0.0.1'],
  },
};

test('allowances and denials', async (t) => {
  for (const [title, { allow = [], deny = [], refused, allowed }] of Object.entries(RULES)) {
    await t.test(title, () => {
      const refusal = guardOf({ allow: allow.map(rule), deny: deny.map(rule) });
      for (const ip of refused) assert.notEqual(refusal({ ip, port: 443 }), null, ip);
      for (const ip of allowed) assert.equal(refusal({ ip, port: 443 }), null, ip);
    });
  }
});

test('a refusal names the rule that an operator gave', () => {
  const refusal = guardOf({ deny: [rule('10.0.0.0/8'), rule('unix:/run/redis')] });
  assert.equal(refusal({ ip: '10.0.0.1', port: 1 }), 'denied by --backend-deny 10.0.0.0/8');
  assert.equal(refusal({ path: '/run/redis/s' }), 'denied by --backend-deny unix:/run/redis');
});

test('unix sockets are refused but for the folders that are allowed', () => {
  const allow = ['unix:/run/apps', 'unix:/run/apps/shared/public'].map(rule);
  const refusal = guardOf({ allow, deny: [rule('unix:/run/apps/shared')] });
  assert.equal(guardOf({})({ path: '/run/apps/a.sock' }), 'a unix socket');
  for (const path of ['/run/apps/a.sock', '/run/apps', '/run/apps/shared/public/a.sock']) {
    assert.equal(refusal({ path }), null, path);
  }
  const refused = ['/run/apple', '/run', '/run/apps/shared/a.sock', '/run/apps/../docker.sock'];
  for (const path of [...refused, '/run/apps/', '/run/apps//a', '/run/apps/./a', 'run/apps/a']) {
    assert.notEqual(refusal({ path }), null, path);
  }
});

const EVERYTHING_LIFTED = ['127.0.0.0/8', '0.0.0.0/8', '::1', '::', '64:ff9b::/96', 'unix:/'];

test('our own addresses are refused whatever is allowed', () => {
  const refusal = guardOf({
    allow: [...EVERYTHING_LIFTED, '10.0.0.1', 'fd00::1'].map(rule),
    own: [
      { ip: '10.0.0.1', port: 443 },
      { ip: '127.0.0.1', port: 8404 },
      { path: '/run/redis.sock' },
    ],
  });
  const own: Endpoint[] = [
    { ip: '10.0.0.1', port: 443 },
    { ip: '::ffff:10.0.0.1', port: 443 },
    { ip: '127.0.0.1', port: 8404 },
    { ip: '0.0.0.0', port: 8404 },
    { path: '/run/redis.sock' },
  ];
  for (const endpoint of own) assert.equal(refusal(endpoint), OWN, JSON.stringify(endpoint));
  assert.equal(
    refusal({ ip: '64:ff9b::10.0.0.1', port: 443 }),
    `a spelling of 10.0.0.1, which is ${OWN}`,
  );
  const others: Endpoint[] = [
    { ip: '10.0.0.1', port: 444 },
    { ip: '10.0.0.2', port: 443 },
    { ip: '127.0.0.2', port: 8404 },
    { ip: '0.0.0.0', port: 1 },
    { path: '/run/redis.sock.2' },
  ];
  for (const endpoint of others) assert.equal(refusal(endpoint), null, JSON.stringify(endpoint));
});

test('a listener on every address is at each address of this machine, also those it gets later', () => {
  const local = ['127.0.0.1', '::1', '10.0.0.1', 'fd00::1', 'fe80::1'];
  for (const wildcard of ['0.0.0.0', '::']) {
    const refusal = guardOf({
      allow: EVERYTHING_LIFTED.map(rule),
      own: [{ ip: wildcard, port: 443 }],
      localAddresses: () => local,
    });
    for (const ip of ['10.0.0.1', 'fd00::1', '127.0.0.1', '127.8.8.8', '::1', '0.0.0.0', '::']) {
      assert.equal(refusal({ ip, port: 443 }), OWN, `${ip} on ${wildcard}`);
      assert.equal(refusal({ ip, port: 80 }), null, ip);
    }
    assert.equal(refusal({ ip: '10.0.0.9', port: 443 }), null);
    local.push('10.0.0.9');
    assert.equal(refusal({ ip: '10.0.0.9', port: 443 }), OWN);
    local.pop();
  }
});

test('no spelling of a denied IPv4 address gets through', () => {
  const refusal = guardOf({});
  const denied = fc.oneof(
    fc.tuple(fc.constantFrom(0, 127), fc.nat(255), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.integer({ min: 224, max: 255 }), fc.nat(255), fc.nat(255), fc.nat(255)),
  );
  fc.assert(
    fc.property(denied, (octets) => {
      const dotted = octets.join('.');
      const hex = Buffer.from(octets).toString('hex');
      const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`;
      const spellings = [dotted, `::ffff:${dotted}`, `::ffff:${groups}`, `64:ff9b::${dotted}`];
      for (const ip of [...spellings, `::${dotted}`, `2002:${groups}::1`, `64:ff9b:1::${groups}`]) {
        assert.notEqual(refusal({ ip, port: 443 }), null, ip);
      }
    }),
  );
});

function guardOf(options: Partial<GuardOptions>): Guard {
  return createGuard({ allow: [], deny: [], own: [], localAddresses: () => [], ...options });
}

function rule(text: string) {
  return parseAddressRule(text)!;
}
