import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseProxyHeader } from '../../../src/inspect/proxy/proxy-header.ts';
import { record } from '../../support/client-hello.ts';
import { newHttpReader, newTlsReader, readWhole } from '../../support/readers.ts';
import type { NewReader } from '../../support/readers.ts';
import { ROOT } from '../../support/root.ts';

/** What the recorder of a head wrote beside it. */
interface Told {
  readonly client: string;
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  readonly version: number;
  readonly ech: boolean;
  readonly earlyData: boolean;
  readonly host: string | null;
  readonly facts: { readonly source: object; readonly destination: object };
}

interface Fixture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly told: Told;
}

function fixtures(folder: string): Fixture[] {
  const path = join(ROOT, 'fixtures', folder);
  const names = readdirSync(path).filter((file) => file.endsWith('.bin'));
  return names.map((file) => {
    const name = file.slice(0, -'.bin'.length);
    const told = JSON.parse(readFileSync(join(path, `${name}.json`), 'utf8')) as Told;
    return { name, bytes: readFileSync(join(path, file)), told };
  });
}

const hellos = fixtures('hello');
const requests = fixtures('http');

test('there are recorded heads to read', () => {
  assert.ok(hellos.length > 10);
  assert.ok(requests.length > 5);
});

/** Lengths to try: every one of a small head, and of a large one those near its start and end and some between. */
function lengths(total: number): number[] {
  const step = Math.ceil(total / 4_000);
  const all = Array.from({ length: total }, (_, length) => length);
  return all.filter((length) => length % step === 0 || total - length < 300);
}

/** Every prefix is incomplete up to the last byte of the head, and every longer one agrees. */
function checkPrefixes(newReader: NewReader, bytes: Buffer): void {
  const reader = newReader();
  const whole = reader.read(bytes);
  assert.equal(whole.kind, 'hello');
  for (const length of lengths(bytes.length)) {
    const rest = newReader();
    const prefix = rest.read(Buffer.from(bytes.subarray(0, length)));
    if (length >= reader.headLength) {
      assert.deepEqual(prefix, whole, `${length} bytes`);
      continue;
    }
    assert.equal(prefix.kind, 'incomplete', `${length} bytes`);
    assert.deepEqual(rest.read(bytes), whole, `split after ${length} bytes`);
    assert.equal(rest.headLength, reader.headLength);
  }
}

for (const { name, bytes, told } of hellos) {
  test(`the recorded hello of ${name} reads as it was told, and only when it is whole`, () => {
    const reading = readWhole(newTlsReader, bytes);
    const { serverName, alpn, version, ech, earlyData } = told;
    const hello = { protocol: 'tls', serverName, alpn, version, ech, earlyData };
    assert.deepEqual(reading, { kind: 'hello', hello });
    checkPrefixes(newTlsReader, bytes);
  });
}

for (const { name, bytes } of hellos.filter((hello) => isOneRecord(hello.bytes))) {
  test(`the recorded hello of ${name} reads the same in two records, split anywhere`, () => {
    const whole = readWhole(newTlsReader, bytes);
    const message = bytes.subarray(5, 5 + bytes.readUInt16BE(3));
    const after = bytes.subarray(5 + message.length);
    for (const length of lengths(message.length).filter((at) => at > 0)) {
      const records = [
        record(message.subarray(0, length)),
        record(message.subarray(length)),
        after,
      ];
      const split = Buffer.concat(records);
      assert.deepEqual(readWhole(newTlsReader, split), whole, `split after ${length} bytes`);
    }
  });
}

for (const { name, bytes, told } of requests) {
  test(`the recorded request of ${name} names ${told.host ?? 'nobody'}, once it is whole`, () => {
    const reading = readWhole(newHttpReader, bytes);
    assert.equal(reading.kind, 'hello');
    const { targetStart, targetEnd, ...hello } = reading.hello;
    assert.deepEqual(hello, { protocol: 'http', serverName: told.host });
    assert.equal(
      bytes.toString('latin1', targetStart, targetEnd),
      bytes.toString('latin1').split(' ')[1],
    );
    checkPrefixes(newHttpReader, bytes);
  });
}

for (const { name, bytes, told } of fixtures('proxy-header')) {
  test(`the PROXY header ${name} is accepted as what it was made from`, () => {
    const verdict = parseProxyHeader(bytes);
    assert.equal(verdict.kind, 'proxied');
    assert.equal(verdict.length, bytes.length);
    assert.deepEqual(Object.keys(verdict.addresses), ['source', 'destination']);
    const { source, destination } = told.facts;
    assert.deepEqual(verdict.addresses, { source, destination });
  });
}

function isOneRecord(bytes: Buffer): boolean {
  if (bytes[0] !== 0x16) return false;
  const reader = newTlsReader();
  reader.read(bytes);
  return reader.headLength === 5 + bytes.readUInt16BE(3);
}
