import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatAddressRule } from '../../../../src/cidr.ts';
import {
  readRouteOptions,
  ROUTE_OPTION_NAMES,
} from '../../../../src/control/routes/route-options.ts';
import { NO_OPTIONS, type RouteOptions } from '../../../../src/session/route.ts';

const GOOD = {
  balance: 'round-robin',
  proxy: 'v2',
  'connect-timeout': '500ms',
  'idle-timeout': '10m',
  'max-connections': '100',
  allow: '10.0.0.0/8, 2001:db8::/32 192.0.2.1',
  deny: '10.1.0.0/16',
  redirect: 'https',
  wake: '15s',
  'queue-max': '20',
  'queue-timeout': '0ms',
  probe: 'tls',
  'on-removed': 'close=1m',
};

const blocks = (options: RouteOptions, list: 'allow' | 'deny') =>
  options[list].map((block) => formatAddressRule(block)).join(' ');

test('every option of a route is read as its flag is', () => {
  const { options, complaints } = readRouteOptions(GOOD, null);
  const { allow: _allow, deny: _deny, ...others } = options;
  assert.deepEqual(complaints, []);
  assert.deepEqual(Object.keys(GOOD), ROUTE_OPTION_NAMES);
  assert.equal(blocks(options, 'allow'), '10.0.0.0/8 2001:db8::/32 192.0.2.1/32');
  assert.equal(blocks(options, 'deny'), '10.1.0.0/16');
  assert.deepEqual(others, {
    balance: 'round-robin',
    proxy: 'v2',
    connectTimeoutMs: 500,
    idleTimeoutMs: 600_000,
    maxConnections: 100,
    redirect: 'https',
    wakeMs: 15_000,
    queueMax: 20,
    queueTimeoutMs: 0,
    probe: 'tls',
    onRemoved: 60_000,
  });
});

test('routes without options share one object', () => {
  assert.equal(readRouteOptions({}, null).options, NO_OPTIONS);
  const before = readRouteOptions(GOOD, null).options;
  assert.equal(readRouteOptions({}, before).options, NO_OPTIONS, 'what is gone is not kept');
});

const BAD: readonly (readonly [name: string, value: string, reason: RegExp])[] = [
  ['balance', 'fastest', /^is not least-connections, round-robin, random or source$/],
  ['balance', 'Random', /^is not /],
  ['proxy', 'v3', /^is not off, v1 or v2$/],
  ['connect-timeout', '5', /^is not a duration/],
  ['connect-timeout', '0ms', /^is shorter than 1ms$/],
  ['idle-timeout', '1000h', /^is longer than 596h$/],
  ['max-connections', '0', /^is not from 1 to 10000000$/],
  ['max-connections', '-1', /^is not a whole number$/],
  ['redirect', 'http', /^is not https$/],
  ['wake', '999ms', /^is shorter than 1000ms$/],
  ['wake', '601s', /^is longer than 10m$/],
  ['queue-max', '-1', /^is not a whole number$/],
  ['probe', 'ping', /^is not off, tls, tcp or http$/],
  ['on-removed', 'close=soon', /^is not keep, close or /],
  ['allow', '10.0.0.1/8', /^has "10\.0\.0\.1\/8", which is not an address or a block/],
  ['allow', ' , ', /^has no address and no block$/],
  ['deny', 'localhost', /^has "localhost", which is not an address or a block/],
  ['max-connection', '1', /^is for an option that routes do not have \(did you mean max-conn/],
  ['__proto__', '1', /^is for an option that routes do not have$/],
];

for (const [name, value, reason] of BAD) {
  test(`${name} ${JSON.stringify(value)} is complained of, and the others hold`, () => {
    const given = Object.fromEntries([
      ['deny', '192.0.2.7'],
      ['proxy', 'v1'],
      [name, value],
    ]);
    const { options, complaints } = readRouteOptions(given, null);
    assert.deepEqual([complaints.length, complaints[0]!.name], [1, name]);
    assert.match(complaints[0]!.reason, reason);
    if (name !== 'proxy') assert.equal(options.proxy, 'v1');
    if (name !== 'deny') assert.equal(blocks(options, 'deny'), '192.0.2.7/32');
  });
}

test('a bad value leaves the last good one in force, and a missing one does not', () => {
  const good = readRouteOptions(GOOD, null).options;
  for (const name of ROUTE_OPTION_NAMES) {
    const { options, complaints } = readRouteOptions({ ...GOOD, [name]: 'bad' }, good);
    assert.deepEqual(options, good, name);
    assert.equal(complaints.length, 1);
  }
  const { balance: _balance, ...others } = GOOD;
  assert.equal(readRouteOptions(others, good).options.balance, null);
});

test('a list that never was good holds as far as it can be read', () => {
  const given = { allow: '10.0.0.0/8 10.300.0.0/16', deny: '10.0.0.1,oops' };
  const { options, complaints } = readRouteOptions(given, NO_OPTIONS);
  assert.equal(blocks(options, 'allow'), '10.0.0.0/8');
  assert.equal(blocks(options, 'deny'), '10.0.0.1/32');
  assert.equal(complaints.length, 2);
});

test('an allow-list of which nothing can be read allows nobody, rather than everybody', () => {
  for (const allow of ['office', '', '10.0.0.0/33']) {
    assert.equal(blocks(readRouteOptions({ allow }, null).options, 'allow'), '255.255.255.255/32');
  }
});

test('a list has 256 blocks at most', () => {
  const allow = Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 0xff}`);
  const whole = readRouteOptions({ allow: allow.slice(1).join(' ') }, null);
  assert.deepEqual([whole.options.allow.length, whole.complaints.length], [256, 0]);
  const { options, complaints } = readRouteOptions({ allow: allow.join(',') }, null);
  assert.equal(options.allow.length, 256);
  assert.deepEqual(complaints, [
    { name: 'allow', reason: 'has more than 256 addresses and blocks' },
  ]);
});

test('whatever an operator wrote is read without a throw, and a complaint is short', () => {
  const name = fc.oneof(fc.constantFrom(...ROUTE_OPTION_NAMES), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ maxLength: 300 })), (given) => {
      const { complaints } = readRouteOptions(given, null);
      assert.ok(complaints.every(({ reason }) => reason.length < 600));
    }),
  );
});
