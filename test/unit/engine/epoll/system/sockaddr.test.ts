import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../../../src/address.ts';
import {
  decodeSockaddr,
  encodeSockaddr,
  SOCKADDR_BYTES,
  UNSPECIFIED,
} from '../../../../../src/engine/epoll/system/sockaddr.ts';

const CASES: readonly (readonly [Endpoint, string])[] = [
  [{ ip: '10.0.0.255', port: 443 }, '0200 01bb 0a0000ff 0000000000000000'],
  [{ ip: '255.1.2.3', port: 65_535 }, '0200 ffff ff010203 0000000000000000'],
  [{ ip: '2001:db8::1', port: 80 }, '0a00 0050 00000000 20010db8000000000000000000000001 00000000'],
  [{ path: '/run/a' }, '0100 2f72756e2f61 00'],
];

for (const [endpoint, hex] of CASES) {
  test(`${JSON.stringify(endpoint)} has the sockaddr that the kernel expects, and back`, () => {
    const memory = Buffer.alloc(SOCKADDR_BYTES, 0xee);
    const length = encodeSockaddr(endpoint, memory);
    assert.equal(memory.toString('hex', 0, length), hex.replaceAll(' ', ''));
    assert.deepEqual(decodeSockaddr(memory, length), endpoint);
  });
}

test('an IPv4 client of a dual-stack listener is an IPv4 endpoint', () => {
  const mapped = Buffer.from('0a0001bb0000000000000000000000000000ffff7f00000100000000', 'hex');
  assert.deepEqual(decodeSockaddr(mapped, mapped.length), { ip: '127.0.0.1', port: 443 });
});

test('a unix socket without a name has an empty path', () => {
  assert.deepEqual(decodeSockaddr(Buffer.from('0100', 'hex'), 2), { path: '' });
});

test('an address of another family, or none, is unspecified', () => {
  assert.deepEqual(decodeSockaddr(Buffer.from('1000aabb', 'hex'), 4), UNSPECIFIED);
  assert.deepEqual(decodeSockaddr(Buffer.alloc(4), 0), UNSPECIFIED);
});

test('a unix path that does not fit has no sockaddr', () => {
  const memory = Buffer.alloc(SOCKADDR_BYTES);
  assert.ok(encodeSockaddr({ path: `/${'x'.repeat(106)}` }, memory) > 0);
  assert.equal(encodeSockaddr({ path: `/${'x'.repeat(107)}` }, memory), 0);
  assert.equal(encodeSockaddr({ path: `/${'é'.repeat(60)}` }, memory), 0);
});
