import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ipBytes } from '../../../src/address.ts';
import { localHeader, proxyHeader, type ProxyFacts } from '../../../src/dial/proxy-header.ts';
import { crc32c, V1_MAX_LENGTH, V2_SIGNATURE } from '../../../src/proxy-protocol.ts';
import { ROOT } from '../../support/root.ts';

const FIXTURES = join(ROOT, 'fixtures/proxy-header');
const FACTS: ProxyFacts = {
  source: { ip: '198.51.100.42', port: 56_324 },
  destination: { ip: '203.0.113.1', port: 443 },
  serverName: null,
  alpn: [],
  uniqueId: '',
};

test('headers are the golden bytes', async (t) => {
  const names = readdirSync(FIXTURES).filter((name) => /^sent-.*\.json$/.test(name));
  assert.equal(names.length, 7);
  for (const name of names) {
    await t.test(name, () => {
      const { version, facts } = JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
      const golden = readFileSync(join(FIXTURES, name.replace('.json', '.bin')));
      assert.equal(proxyHeader(version, facts).toString('hex'), golden.toString('hex'));
    });
  }
});

test('the longest version 1 line is within its limit', () => {
  const ip = 'ffff:'.repeat(7) + 'ffff';
  const facts = { ...FACTS, source: { ip, port: 65_535 }, destination: { ip, port: 65_535 } };
  assert.ok(proxyHeader('v1', facts).length <= V1_MAX_LENGTH);
});

test('the longest version 2 header fits the smallest segment', () => {
  const header = proxyHeader('v2', {
    source: { ip: '2001:db8::1', port: 1 },
    destination: { ip: '10.0.0.1', port: 1 },
    serverName: 'n'.repeat(253),
    alpn: ['a'.repeat(64)],
    uniqueId: 'u'.repeat(1000),
  });
  assert.ok(header.length <= 536);
  assert.equal(tlvsOf(header).get(0x05)?.length, 128);
});

test('a protocol longer than 64 bytes is left out', () => {
  const header = proxyHeader('v2', { ...FACTS, alpn: ['a'.repeat(65), 'h2'] });
  assert.deepEqual([...tlvsOf(header).keys()], [0x03]);
});

test('the first protocol offered is told, GREASE left aside', () => {
  const told = (...alpn: string[]) =>
    tlvsOf(proxyHeader('v2', { ...FACTS, alpn }))
      .get(0x01)
      ?.toString('latin1');
  assert.equal(told('h2', 'http/1.1'), 'h2');
  assert.equal(told('\x0a\x0a', 'http/1.1'), 'http/1.1');
  assert.equal(told('\u00fa\u00fa'), undefined);
  assert.equal(told('\u00fa\u00ea'), '\u00fa\u00ea');
  assert.equal(told('yy'), 'yy');
});

test('a version 2 header says what it was told, whole and checked', () => {
  const endpoint = fc.record({
    ip: fc.oneof(fc.ipV4(), fc.constantFrom('::', '2001:db8::1', 'fd00:1:2:3:4:5:6:7')),
    port: fc.nat(65_535),
  });
  const facts = fc.record({
    source: endpoint,
    destination: endpoint,
    serverName: fc.option(fc.domain()),
    alpn: fc.array(fc.string({ minLength: 3, maxLength: 64, unit: 'binary-ascii' }), {
      maxLength: 3,
    }),
    uniqueId: fc.string({ maxLength: 128, unit: 'grapheme-ascii' }),
  });
  fc.assert(
    fc.property(facts, (told) => {
      const header = proxyHeader('v2', told);
      const six = told.source.ip.includes(':') || told.destination.ip.includes(':');
      const width = six ? 16 : 4;
      assert.deepEqual(header.subarray(0, 12), Buffer.from(V2_SIGNATURE));
      assert.deepEqual([header[12], header[13]], [0x21, six ? 0x21 : 0x11]);
      assert.equal(header.readUInt16BE(14), header.length - 16);
      assert.deepEqual(header.subarray(16, 16 + width), bytesOf(told.source.ip, width));
      assert.deepEqual(
        header.subarray(16 + width, 16 + 2 * width),
        bytesOf(told.destination.ip, width),
      );
      assert.equal(header.readUInt16BE(16 + 2 * width), told.source.port);
      assert.equal(header.readUInt16BE(18 + 2 * width), told.destination.port);
      assertTlvs(header, told);
    }),
  );
});

function assertTlvs(header: Buffer, told: ProxyFacts): void {
  const tlvs = tlvsOf(header);
  assert.equal(tlvs.get(0x01)?.toString('latin1') ?? null, told.alpn[0] ?? null);
  assert.equal(tlvs.get(0x02)?.toString('latin1') ?? null, told.serverName);
  assert.equal(tlvs.get(0x05)?.toString('latin1') ?? '', told.uniqueId);
  const checksum = tlvs.get(0x03)!;
  const sum = checksum.readUInt32BE();
  checksum.fill(0);
  assert.equal(crc32c(header), sum);
}

function tlvsOf(header: Buffer): Map<number, Buffer> {
  const tlvs = new Map<number, Buffer>();
  let at = header[13] === 0x11 ? 28 : 52;
  while (at < header.length) {
    const end = at + 3 + header.readUInt16BE(at + 1);
    assert.ok(end <= header.length && !tlvs.has(header[at]!));
    tlvs.set(header[at]!, header.subarray(at + 3, end));
    at = end;
  }
  return tlvs;
}

function bytesOf(ip: string, width: number): Buffer {
  const bytes = Buffer.from(ipBytes(ip));
  if (bytes.length === width) return bytes;
  return Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), bytes]);
}

test('a connection of our own has no client to tell of', () => {
  assert.equal(localHeader('v1').toString(), 'PROXY UNKNOWN\r\n');
  assert.equal(localHeader('v2').toString('hex'), '0d0a0d0a000d0a515549540a20000000');
});
