import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProxyHeader } from '../../../../src/inspect/proxy/proxy-header.ts';
import type { ProxyVerdict } from '../../../../src/inspect/proxy/verdict.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const TCP4 = {
  source: { ip: '198.51.100.42', port: 56324 },
  destination: { ip: '203.0.113.1', port: 443 },
};
const TCP6 = {
  source: { ip: '2001:db8::42', port: 56324 },
  destination: { ip: '2001:db8::1', port: 443 },
};
/** Vectors of notes/peers.md section 2.2, whose checksums HAProxy made. */
const TCP4_BYTES = `${SIGNATURE}2111000cc633642acb007101dc0401bb`;
const TCP4_ENTRIES_BYTES =
  `${SIGNATURE}2111003dc633642acb007101dc0401bb010002683202000f7777772e6578616d706c652e636f6d` +
  '05001030313233343536373839616263646566030004c7cfb2f5';
const TCP6_BYTES =
  `${SIGNATURE}2121003d20010db800000000000000000000004220010db8000000000000000000000001dc0401bb` +
  '02000f7777772e6578616d706c652e636f6d0300049138e0a6';

function v2(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** The verdict, which must come at the last byte of the header and not depend on what follows. */
function accept(header: Buffer): ProxyVerdict {
  const verdict = parseProxyHeader(header);
  assert.notEqual(verdict.kind, 'malformed', JSON.stringify(verdict));
  for (let length = 0; length < header.length; length++) {
    assert.deepEqual(parseProxyHeader(header.subarray(0, length)), { kind: 'incomplete' });
  }
  const more = Buffer.concat([header, Buffer.from('\x16\x03\x01\r\n')]);
  assert.deepEqual(parseProxyHeader(more), verdict);
  return verdict;
}

function proxied(header: Buffer, addresses: typeof TCP4): void {
  assert.deepEqual(accept(header), { kind: 'proxied', length: header.length, addresses });
}

test('a version 2 header says who the client is, with and without entries', () => {
  proxied(v2(TCP4_BYTES), TCP4);
  proxied(v2(TCP4_ENTRIES_BYTES), TCP4);
  proxied(v2(TCP6_BYTES), TCP6);
});

test('a version 1 line says who the client is', () => {
  proxied(Buffer.from('PROXY TCP4 198.51.100.42 203.0.113.1 56324 443\r\n'), TCP4);
  proxied(Buffer.from('PROXY TCP6 2001:db8::42 2001:DB8:0::1 56324 443\r\n'), TCP6);
});

test('an IPv4-mapped address is the IPv4 address that it is', () => {
  proxied(Buffer.from('PROXY TCP6 ::ffff:198.51.100.42 ::ffff:cb00:7101 56324 443\r\n'), TCP4);
  const mapped = '00000000000000000000ffff';
  proxied(v2(`${SIGNATURE}21210024${mapped}c633642a${mapped}cb007101dc0401bb`), TCP4);
});

test('a LOCAL header is skipped whole, whatever it holds', () => {
  for (const rest of ['0000', '11000cffffffffffffffffffffffff', 'ff0003ffffff', '31000100']) {
    const header = v2(`${SIGNATURE}20${rest === '0000' ? '000000' : rest}`);
    assert.deepEqual(accept(header), { kind: 'local', length: header.length });
  }
});

test('a sender that cannot say who the client is leaves the real addresses to count', () => {
  const headers = [
    Buffer.from('PROXY UNKNOWN\r\n'),
    Buffer.from('PROXY UNKNOWN ffff::1 whatever it says 0 99999\r\n'),
    v2(`${SIGNATURE}21000000`),
    v2(`${SIGNATURE}21000003ffffff`),
    v2(`${SIGNATURE}213100d8${'2f'.repeat(216)}`),
  ];
  for (const header of headers) {
    assert.deepEqual(accept(header), { kind: 'unknown', length: header.length });
  }
});

const MALFORMED: Readonly<Record<string, Buffer>> = {
  'a TLS hello where a header is required': Buffer.of(0x16),
  'an HTTP request where a header is required': Buffer.from('GET / HTTP/1.1\r\n'),
  'a line in lower case': Buffer.from('proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n'),
  'a method that starts like PROXY': Buffer.from('PROPFIND'),
  'two spaces': Buffer.from('PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n'),
  'a space at the end': Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n'),
  'a bare LF': Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n'),
  'a bare CR inside': Buffer.from('PROXY UNKNOWN a\rb\r\n'),
  'a leading zero in an address': Buffer.from('PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n'),
  'an octet over 255': Buffer.from('PROXY TCP4 299.2.3.4 1.2.3.4 1 2\r\n'),
  'a leading zero in a port': Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n'),
  'a signed port': Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n'),
  'a port over 65535': Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n'),
  'IPv6 in a TCP4 line': Buffer.from('PROXY TCP4 ::1 1.2.3.4 1 2\r\n'),
  'IPv4 in a TCP6 line': Buffer.from('PROXY TCP6 ::1 1.2.3.4 1 2\r\n'),
  'a zone in an address': Buffer.from('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'),
  'a protocol in lower case': Buffer.from('PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n'),
  'UDP in version 1': Buffer.from('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n'),
  'a line that goes on after UNKNOWN': Buffer.from('PROXY UNKNOWNS\r\n'),
  'a line over 107 bytes': Buffer.from(`PROXY UNKNOWN ${'x'.repeat(94)}\r\n`),
  'a line without an end': Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`),
  'a signature that is not quite one': v2('0d0a0d0a000d0a515549540b'),
  'version 1 in the binary header': v2(`${SIGNATURE}11`),
  'version 3': v2(`${SIGNATURE}31`),
  'an unknown command': v2(`${SIGNATURE}22`),
  'an unknown family': v2(`${SIGNATURE}2141000c`),
  'an unknown transport': v2(`${SIGNATURE}2113000c`),
  datagrams: v2(`${SIGNATURE}2112000c`),
  'less than the addresses of IPv4': v2(`${SIGNATURE}2111000b`),
  'less than the addresses of IPv6': v2(`${SIGNATURE}21210023`),
  'a checksum that is wrong': v2(TCP4_ENTRIES_BYTES.replace(/.$/, '4')),
  'an address that its checksum disowns': v2(TCP4_ENTRIES_BYTES.replace('c633642a', 'c633642b')),
  'an entry that runs past the header': v2(`${SIGNATURE}21110010${'01'.repeat(12)}01000201`),
  'half an entry': v2(`${SIGNATURE}2111000e${'01'.repeat(12)}0100`),
};

for (const [title, header] of Object.entries(MALFORMED)) {
  test(`${title} is no PROXY header`, () => {
    assert.equal(parseProxyHeader(header).kind, 'malformed');
  });
}

test('the longest version 1 line is accepted', () => {
  const all = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  const end = { ip: all, port: 65535 };
  const line = Buffer.from(`PROXY TCP6 ${all} ${all} 65535 65535\r\n`);
  proxied(line, { source: end, destination: end });
  const longest = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`);
  assert.equal(longest.length, 107);
  assert.equal(accept(longest).kind, 'unknown');
});

test('the longest version 2 header is accepted', () => {
  const entry = Buffer.alloc(65_535 - 12);
  entry.writeUInt8(4);
  entry.writeUInt16BE(entry.length - 3, 1);
  const fixed = v2(`${SIGNATURE}2111ffffc633642acb007101dc0401bb`);
  const header = Buffer.concat([fixed, entry]);
  assert.equal(parseProxyHeader(header.subarray(0, -1)).kind, 'incomplete');
  assert.deepEqual(parseProxyHeader(header), { kind: 'proxied', length: 65_551, addresses: TCP4 });
});
