import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, parseAdminAddress } from '../../../../src/config/values/bind-address.ts';
import { parseListenUrl } from '../../../../src/config/values/listen-url.ts';

const GOOD = [
  ['tls://0.0.0.0:443', 'tls', '0.0.0.0', 443],
  ['http://[::]:80', 'http', '::', 80],
  ['auto://127.0.0.1:8443', 'auto', '127.0.0.1', 8443],
  ['tls://[2001:DB8:0::1]:65535', 'tls', '2001:db8::1', 65_535],
  ['tls://localhost:8443', 'tls', '127.0.0.1', 8443],
  ['tls://127.0.0.1:0', 'tls', '127.0.0.1', 0],
] as const;

const BAD = [
  '',
  'tls',
  'tls://',
  '0.0.0.0:443',
  'https://0.0.0.0:443',
  'TLS://0.0.0.0:443',
  'tls:0.0.0.0:443',

  'tls://0.0.0.0',
  'tls://:443',
  'tls://*:443',
  'tls://0.0.0.0:',
  'tls://0.0.0.0:443/',
  'tls://0.0.0.0:443?a=b',

  'tls://0.0.0.0:65536',
  'tls://0.0.0.0:-1',
  'tls://0.0.0.0:0443',
  'tls://0.0.0.0:00',
  'tls://0.0.0.0:443:443',

  'tls://::1:443',
  'tls://[::1]',
  'tls://[127.0.0.1]:443',
  'tls://[fe80::1%eth0]:443',
  'tls://edge.example:443',

  'tls://127.1:443',
  'tls://010.0.0.1:443',
  'tls://u@0.0.0.0:443',
  'tls://0.0.0.0:443 ',
  'tls://[::1]:1:0',
];

test('a listener is a protocol, an address and a port, and is called what the operator wrote', () => {
  for (const [name, protocol, ip, port] of GOOD) {
    assert.deepEqual(parseListenUrl(name), { value: { name, protocol, ip, port } });
  }
});

test('a listener without a protocol, an address or a port is refused with an example', () => {
  const reason =
    'is not a listener such as tls://0.0.0.0:443, http://[::]:80 or auto://127.0.0.1:8443';
  for (const text of BAD) assert.deepEqual(parseListenUrl(text), { reason }, text);
});

test('the admin listener is an address or off', () => {
  assert.deepEqual(parseAdminAddress('off'), { value: 'off' });
  assert.deepEqual(parseAdminAddress('[::1]:8404'), { value: { ip: '::1', port: 8404 } });
  const reason = 'is not off or an address such as 127.0.0.1:8404';
  for (const text of ['', '8404', ':8404', 'OFF', 'false', '127.0.0.1', 'http://127.0.0.1:8404']) {
    assert.deepEqual(parseAdminAddress(text), { reason }, text);
  }
});

test('only addresses that stay on this machine are loopback', () => {
  const loopback = (ip: string) => isLoopback({ ip, port: 1 });
  assert.deepEqual(['127.0.0.1', '127.9.9.9', '::1'].map(loopback), [true, true, true]);
  assert.deepEqual(
    ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::2'].map(loopback),
    Array(5).fill(false),
  );
});
