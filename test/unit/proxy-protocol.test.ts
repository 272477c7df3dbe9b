import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { crc32c, V1_MAX_LENGTH, V2_SIGNATURE } from '../../src/proxy-protocol.ts';

test('CRC32C gives the check value of its catalogue and the vectors of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

test('CRC32C notices every flipped bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, flip) => {
      const bit = flip % (bytes.length * 8);
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assert.notEqual(crc32c(flipped), crc32c(bytes));
    }),
  );
});

test('the wire constants are those of the specification', () => {
  assert.equal(Buffer.from(V2_SIGNATURE).toString('latin1'), '\r\n\r\n\0\r\nQUIT\n');
  const longest = 'ffff:'.repeat(7) + 'ffff';
  assert.equal(`PROXY UNKNOWN ${longest} ${longest} 65535 65535\r\n`.length, V1_MAX_LENGTH);
});
