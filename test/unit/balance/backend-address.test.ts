import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseBackendAddress } from '../../../src/balance/backend-address.ts';

const PLAIN = { scheme: null, weight: 1, max: null, proxy: null };
const LONGEST_NAME = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

const ADDRESSES: Record<string, object> = {
  '10.0.0.5': { host: '10.0.0.5', port: null },
  '10.0.0.5:8443': { host: '10.0.0.5', port: 8443 },
  '[fd00::5]': { host: 'fd00::5', port: null },
  '[FD00:0:0::5]:443': { host: 'fd00::5', port: 443 },
  '[::ffff:10.0.0.5]:443': { host: '10.0.0.5', port: 443 },
  'App-1.Internal.': { host: 'app-1.internal', port: null },
  'app_1:80': { host: 'app_1', port: 80 },
  [`${LONGEST_NAME}:65535`]: { host: LONGEST_NAME, port: 65_535 },
  'tls://10.0.0.5': { host: '10.0.0.5', port: null, scheme: 'tls' },
  'http://[::2]:80': { host: '::2', port: 80, scheme: 'http' },
  '10.0.0.5?weight=3': { host: '10.0.0.5', port: null, weight: 3 },
  '10.0.0.5?weight=1000&proxy=off': { host: '10.0.0.5', port: null, weight: 1000, proxy: 'off' },
  '10.0.0.5:1?proxy=v2&weight=9': { host: '10.0.0.5', port: 1, weight: 9, proxy: 'v2' },
  '10.0.0.5?max=1': { host: '10.0.0.5', port: null, max: 1 },
  '10.0.0.5?max=1000000&weight=2': { host: '10.0.0.5', port: null, max: 1_000_000, weight: 2 },
  'unix:/run/app.sock': { path: '/run/app.sock' },
  'tls://unix:/run/a=b&c?proxy=v1': { path: '/run/a=b&c', scheme: 'tls', proxy: 'v1' },
};

test('a backend is an address, a name or a socket, with a port, a scheme and options if need be', () => {
  for (const [text, expected] of Object.entries(ADDRESSES)) {
    assert.deepEqual(parseBackendAddress(text), { ...PLAIN, ...expected }, text);
  }
});

/** Texts between white space, by the complaint they meet. */
const COMPLAINTS: Record<string, string> = {
  'has a scheme other than tls:// or http://': `
    https://10.0.0.1 TLS://10.0.0.1 unix:///run/a ://10.0.0.1 redis://h`,
  'has no address': '?weight=1 :443 tls:// tls://?weight=2 http://:80',
  'has a port that is not 1 to 65535': `
    10.0.0.1: 10.0.0.1:0 10.0.0.1:65536 10.0.0.1:0443 10.0.0.1:https 10.0.0.1:１ app:-1 x:y:z
    [::2]: [::2]:x http://10.0.0.1:80/`,
  'needs brackets round the IPv6 address': '::1 fd00::5 2001:db8::1:443 1:2:3 ::ffff:1.2.3.4',
  'is not an IPv6 address': '[fd00::5 [10.0.0.1] [] [fe80::1%eth0] [::1]x [app]:80 [[::1]]',
  'is not an IPv4 address in plain dotted decimal': `
    127.1 0x7f000001 2130706433 0177.0.0.1 169.254.43518 010.0.0.1 10.0.0.256 10.0.0 10.0.0.1.
    1.2.3.4.5 0x7f.0.0.1 127.0.0.0x1 0 0X7F.1`,
  'is not an IP address or a DNS name': `
    app..internal *.example.com 10.0.0.1/24 user@host bücher.example app１.internal ..
    ${'a'.repeat(64)}.x ${LONGEST_NAME}a`,
  'is not the plain absolute path of a unix socket': `
    unix: unix:run/a unix:/ unix:/run/ unix:/run/../a unix:/run//a unix:@abstract
    unix:/${'a'.repeat(107)}`,
  'has an option that is not name=value': `
    10.0.0.1? 10.0.0.1?weight 10.0.0.1?=3 10.0.0.1?weight=1& 10.0.0.1?&proxy=v1`,
  'has an option twice': '10.0.0.1?weight=1&weight=1 10.0.0.1?proxy=v1&weight=1&proxy=v2',
  'has a weight that is not 1 to 1000': `
    10.0.0.1?weight= 10.0.0.1?weight=0 10.0.0.1?weight=1001 10.0.0.1?weight=-1
    10.0.0.1?weight=1.5 10.0.0.1?weight=03 10.0.0.1?weight=1e2 10.0.0.1?weight=Infinity`,
  'has a proxy option that is not off, v1 or v2': '10.0.0.1?proxy=on 10.0.0.1?proxy=V2',
  'has a max that is not 1 to 1000000': `
    10.0.0.1?max= 10.0.0.1?max=0 10.0.0.1?max=1000001 10.0.0.1?max=-1 10.0.0.1?max=1.5 10.0.0.1?max=05
    10.0.0.1?max=1e2 10.0.0.1?max=any`,
  'has the unknown option maximum': '10.0.0.1?maximum=5 unix:/run/a?weight=1&maximum=5',
  'has the unknown option constructor': '10.0.0.1?constructor=5',
  'has an unknown option': `10.0.0.1?a\x1b[31m=1 10.0.0.1?${'a'.repeat(33)}=1 10.0.0.1?__proto__=1`,
  'is longer than 512 characters': `10.0.0.1?${'x'.repeat(504)}`,
};

/** The texts with white space in them, and the empty one. */
const BLANKS: Record<string, string> = {
  '': 'is empty',
  ' ': 'is not an IP address or a DNS name',
  'a b': 'is not an IP address or a DNS name',
  'a\0b': 'is not an IP address or a DNS name',
  '10.0.0.1\n': 'is not an IP address or a DNS name',
  ' 10.0.0.1': 'is not an IPv4 address in plain dotted decimal',
  'app: 80': 'has a port that is not 1 to 65535',
  'unix:/a\nb': 'is not the plain absolute path of a unix socket',
  '10.0.0.1? weight=1': 'has an unknown option',
};

test('anything else is refused with the complaint that fits', () => {
  for (const [complaint, texts] of Object.entries(COMPLAINTS)) {
    for (const text of texts.trim().split(/\s+/)) {
      assert.equal(parseBackendAddress(text), complaint, text);
    }
  }
  for (const [text, complaint] of Object.entries(BLANKS)) {
    assert.equal(parseBackendAddress(text), complaint, text);
  }
});

test('no text throws, and no complaint repeats more of it than the name of an option', () => {
  const complaints = new Set([...Object.keys(COMPLAINTS), ...Object.values(BLANKS)]);
  const pieces = fc.constantFrom(
    'tls://',
    '10.0.0.1',
    '[::1]',
    'unix:/',
    ':',
    '?',
    '&',
    'weight',
    '=',
  );
  const texts = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 4 })))
    .map((all) => all.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseBackendAddress(text);
      if (typeof parsed !== 'string' || complaints.has(parsed)) return;
      assert.match(parsed, /^has the unknown option [a-z][a-z0-9-]{0,31}$/);
    }),
  );
});
