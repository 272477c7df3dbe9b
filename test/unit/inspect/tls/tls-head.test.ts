import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHello,
  helloMessage,
  helloOfLength,
  inRecords,
  inTwoRecords,
  record,
  serverNames,
  ssl2Hello,
} from '../../../support/client-hello.ts';
import {
  looksWhileDripping,
  newTlsReader,
  oneByOne,
  readInPieces,
  readWhole,
} from '../../../support/readers.ts';

const MESSAGE = helloMessage({ extensions: [serverNames('app.example.com')] });
const ONE_RECORD = inRecords(MESSAGE);

test('a hello reads the same in one record, in two split anywhere, and in one-byte records', () => {
  const whole = readWhole(newTlsReader, ONE_RECORD);
  assert.equal(whole.kind === 'hello' && whole.hello.serverName, 'app.example.com');
  assert.deepEqual(readWhole(newTlsReader, inRecords(MESSAGE, 1)), whole);
  for (let length = 1; length < MESSAGE.length; length++) {
    assert.deepEqual(readWhole(newTlsReader, inTwoRecords(MESSAGE, length)), whole);
  }
});

test('1,077 one-byte records that arrive byte by byte are one hello, at its last byte', () => {
  const message = helloOfLength('app.example.com', 1_077 + 5).subarray(5);
  const bytes = inRecords(message, 1);
  const reader = newTlsReader();
  const { reading, used } = readInPieces(reader, bytes, oneByOne(bytes));
  assert.equal(reading.kind === 'hello' && reading.hello.serverName, 'app.example.com');
  assert.equal(used, bytes.length);
  assert.equal(reader.headLength, bytes.length);
});

test('what was read of a dripping hello is not read again', () => {
  const bytes = inRecords(helloOfLength('app.example.com', 2_000).subarray(5), 1);
  const looks = looksWhileDripping(newTlsReader(), bytes);
  assert.ok(looks < 20 * bytes.length, `${looks} looks at ${bytes.length} bytes`);
});

test('the head ends with the hello, not with the record or with what was sent after it', () => {
  const earlyData = record(Buffer.alloc(50), { type: 0x17 });
  const cases = [
    ONE_RECORD,
    Buffer.concat([ONE_RECORD, earlyData]),
    record(Buffer.concat([MESSAGE, Buffer.alloc(9)])),
  ];
  for (const bytes of cases) {
    const reader = newTlsReader();
    assert.equal(reader.read(bytes).kind, 'hello');
    assert.equal(reader.headLength, ONE_RECORD.length);
  }
});

test('a record layer version of the past or the future is no matter', () => {
  for (const version of [0x0300, 0x0303, 0x0304, 0x03ff]) {
    assert.equal(readWhole(newTlsReader, inRecords(MESSAGE, 100, version)).kind, 'hello');
  }
});

const MALFORMED: Readonly<Record<string, Buffer>> = {
  'a zero-length record': Buffer.concat([record(Buffer.alloc(0)), ONE_RECORD]),
  'a zero-length record in the middle': Buffer.concat([
    record(MESSAGE.subarray(0, 50)),
    record(Buffer.alloc(0)),
    record(MESSAGE.subarray(50)),
  ]),
  'a ChangeCipherSpec in the middle': Buffer.concat([
    record(MESSAGE.subarray(0, 50)),
    record(Buffer.of(1), { type: 0x14 }),
    record(MESSAGE.subarray(50)),
  ]),
  'an alert in the middle': Buffer.concat([
    record(MESSAGE.subarray(0, 50)),
    record(Buffer.of(1, 0), { type: 0x15 }),
  ]),
  'a record over 2^14 bytes, by its header alone': Buffer.of(0x16, 3, 1, 0x40, 0x01),
  'a DTLS record': Buffer.of(0x16, 0xfe, 0xff),
  'a handshake message that is no ClientHello': record(Buffer.of(2)),
};

for (const [title, bytes] of Object.entries(MALFORMED)) {
  test(`${title} is malformed`, () => {
    assert.equal(readWhole(newTlsReader, bytes).kind, 'malformed');
    const { reading } = readInPieces(newTlsReader(), bytes, oneByOne(bytes));
    assert.equal(reading.kind, 'malformed');
  });
}

test('an SSLv2-style hello is a hello that names nobody', () => {
  for (const version of [0x0002, 0x0300, 0x0303]) {
    const bytes = ssl2Hello(version);
    const reader = newTlsReader();
    const { reading, used } = readInPieces(reader, bytes, oneByOne(bytes));
    assert.equal(reading.kind, 'hello');
    assert.equal(reading.hello.serverName, null);
    assert.equal(reading.hello.version, version);
    assert.equal(used, bytes.length);
    assert.equal(reader.headLength, bytes.length);
  }
});

test('an SSLv2 hello whose lengths disagree is malformed', () => {
  const bytes = ssl2Hello();
  bytes[6]!++;
  assert.equal(readWhole(newTlsReader, bytes).kind, 'malformed');
  assert.equal(
    readWhole(newTlsReader, Buffer.of(0x80, 3, 1, 3, 1, ...Buffer.alloc(9))).kind,
    'malformed',
  );
});

test('bytes of another protocol are told at the byte that gives them away', () => {
  const cases: readonly (readonly [Buffer, number])[] = [
    [Buffer.from('GET / HTTP/1.1\r\n'), 1],
    [Buffer.from('SSH-2.0-OpenSSH\r\n'), 1],
    [Buffer.from('PROXY TCP4 '), 1],
    [Buffer.of(0x15, 3, 1, 0, 2, 1, 0), 1],
    [Buffer.alloc(9), 1],
    [Buffer.of(0xff, 0xff, 0xff), 3],
    [Buffer.of(0x80, 0x2e, 1, 5), 4],
  ];
  for (const [bytes, at] of cases) {
    const { reading, used } = readInPieces(newTlsReader(), bytes, oneByOne(bytes));
    assert.equal(reading.kind, 'foreign');
    assert.equal(used, at);
  }
});

test('a hello just as long as the limit is read, one byte more is too large', () => {
  const exact = helloOfLength('app.example.com', 4_096);
  const longer = helloOfLength('app.example.com', 4_097);
  for (const pieces of [[], [100], oneByOne(exact)]) {
    assert.equal(readInPieces(newTlsReader(4_096), exact, pieces).reading.kind, 'hello');
    assert.equal(readInPieces(newTlsReader(4_096), longer, pieces).reading.kind, 'too-large');
  }
});

test('record headers count towards the limit', () => {
  const bytes = inRecords(MESSAGE, 10);
  assert.equal(newTlsReader(bytes.length).read(bytes).kind, 'hello');
  assert.equal(newTlsReader(bytes.length - 1).read(bytes).kind, 'too-large');
});

test('what follows the hello does not count towards the limit', () => {
  const bytes = Buffer.concat([ONE_RECORD, Buffer.alloc(10_000)]);
  assert.equal(newTlsReader(ONE_RECORD.length).read(bytes).kind, 'hello');
});

test('a hello that cannot fit is too large as soon as it says how long it is', () => {
  const bytes = clientHello('app.example.com');
  const { reading, used } = readInPieces(newTlsReader(64), bytes, oneByOne(bytes));
  assert.equal(reading.kind, 'too-large');
  assert.equal(used, 9);
});
