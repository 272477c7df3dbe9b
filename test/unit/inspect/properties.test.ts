import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseProxyHeader } from '../../../src/inspect/proxy/proxy-header.ts';
import {
  alpn,
  ECH,
  helloMessage,
  inRecords,
  serverNames,
  ssl2Hello,
  supportedVersions,
} from '../../support/client-hello.ts';
import { newHttpReader, newTlsReader, readInPieces } from '../../support/readers.ts';
import type { NewReader } from '../../support/readers.ts';

const MESSAGE = helloMessage({
  extensions: [
    serverNames('app.example.com'),
    alpn('h2', 'http/1.1'),
    supportedVersions(0x0304, 0x0303),
    ECH,
  ],
});
const HEADS: readonly (readonly [NewReader, Buffer])[] = [
  [newTlsReader, inRecords(MESSAGE)],
  [newTlsReader, inRecords(MESSAGE, 7)],
  [newTlsReader, ssl2Hello()],
  [
    newHttpReader,
    Buffer.from('POST http://a.example/b HTTP/1.1\r\nHost: a.example:80\r\nX: y\r\n\r\n'),
  ],
];
const PROXY_HEADERS = [
  Buffer.from('PROXY TCP6 2001:db8::42 2001:db8::1 56324 443\r\n'),
  Buffer.from(
    '0d0a0d0a000d0a515549540a2111003dc633642acb007101dc0401bb010002683202000f7777772e6578616d706c' +
      '652e636f6d05001030313233343536373839616263646566030004c7cfb2f5',
    'hex',
  ),
];

const anyHead = fc.constantFrom(...HEADS);
/** Bytes changed here and there, which may leave nothing of the head. */
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
const cuts = fc.array(fc.nat(1_200), { maxLength: 8 });

function change(bytes: Buffer, list: readonly (readonly [number, number])[]): Buffer {
  const changed = Buffer.from(bytes);
  for (const [at, value] of list) changed[at % changed.length] = value;
  return changed;
}

function inOrder(list: readonly number[], end: number): number[] {
  return list.filter((at) => at < end).toSorted((a, b) => a - b);
}

test('however the bytes are cut, and whatever they are, the verdict is the same', () => {
  fc.assert(
    fc.property(anyHead, changes, cuts, ([newReader, head], list, at) => {
      const bytes = change(head, list);
      const whole = readInPieces(newReader(), bytes, []).reading;
      const pieces = readInPieces(newReader(), bytes, inOrder(at, bytes.length)).reading;
      assert.deepEqual(pieces, whole);
    }),
    { numRuns: 2_000 },
  );
});

test('however the bytes are cut, a head is too large at the same limit', () => {
  fc.assert(
    fc.property(anyHead, changes, cuts, fc.nat(800), ([newReader, head], list, at, limit) => {
      const bytes = change(head, list);
      const whole = readInPieces(newReader(limit + 1), bytes, []).reading;
      const pieces = readInPieces(newReader(limit + 1), bytes, inOrder(at, bytes.length)).reading;
      assert.deepEqual(pieces, whole);
    }),
    { numRuns: 2_000 },
  );
});

test('bytes past the limit change nothing, and at the limit none is waited for', () => {
  fc.assert(
    fc.property(anyHead, fc.nat(800), fc.uint8Array(), ([newReader, head], nat, tail) => {
      const limit = nat + 1;
      const first = head.subarray(0, limit);
      const reading = newReader(limit).read(first);
      assert.deepEqual(newReader(limit).read(Buffer.concat([first, tail])).kind, reading.kind);
      if (first.length === limit) assert.notEqual(reading.kind, 'incomplete');
    }),
  );
});

test('every byte of every head flipped in every bit gives a verdict and no exception', () => {
  for (const [newReader, head] of HEADS) {
    for (let bit = 0; bit < head.length * 8; bit++) {
      const flipped = Buffer.from(head);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(newReader().read(flipped).kind);
    }
  }
  for (const header of PROXY_HEADERS) {
    for (let bit = 0; bit < header.length * 8; bit++) {
      const flipped = Buffer.from(header);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(parseProxyHeader(flipped).kind);
    }
  }
});

test('a checksum finds every single flipped bit', () => {
  const [, header] = PROXY_HEADERS;
  for (let bit = 16 * 8; bit < header!.length * 8; bit++) {
    const flipped = Buffer.from(header!);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { kind } = parseProxyHeader(flipped);
    // A flip in the type or length of the checksum's own entry takes away what is checked.
    const isEntryHeader = bit >= (header!.length - 7) * 8 && bit < (header!.length - 4) * 8;
    if (!isEntryHeader) assert.notEqual(kind, 'proxied', `bit ${bit}`);
  }
});

test('random bytes give a verdict and no exception', () => {
  const first = fc.constantFrom([0x16, 3, 1], [0x80, 0x2e, 1], [0x0d, 0x0a], [0x50], []);
  fc.assert(
    fc.property(first, fc.uint8Array({ maxLength: 400 }), (start, rest) => {
      const bytes = Buffer.from([...start, ...rest]);
      for (const newReader of [newTlsReader, newHttpReader])
        assert.ok(newReader().read(bytes).kind);
      assert.ok(parseProxyHeader(bytes).kind);
    }),
    { numRuns: 1_000 },
  );
});
