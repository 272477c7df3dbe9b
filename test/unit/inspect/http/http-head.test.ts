import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  looksWhileDripping,
  newHttpReader,
  oneByOne,
  readInPieces,
  readWhole,
} from '../../../support/readers.ts';

/** The lines as a head, CRLF after each and an empty one at the end. */
function head(...lines: readonly string[]): Buffer {
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1');
}

function get(...fields: readonly string[]): Buffer {
  return head('GET / HTTP/1.1', ...fields);
}

/** The reading, which must be the same however the bytes arrive. */
function read(bytes: Buffer) {
  const whole = readWhole(newHttpReader, bytes);
  const { reading } = readInPieces(newHttpReader(), bytes, oneByOne(bytes));
  assert.deepEqual(reading, whole);
  return whole;
}

const NAMED: readonly (readonly [title: string, bytes: Buffer, serverName: string | null])[] = [
  ['a Host', get('Host: app.example.com'), 'app.example.com'],
  ['a Host in any case', get('hOsT: App.EXAMPLE.com'), 'app.example.com'],
  ['a Host with a port', get('Host: app.example.com:8080'), 'app.example.com'],
  ['a Host with an empty port', get('Host: app.example.com:'), 'app.example.com'],
  ['a Host with a trailing dot', get('Host: app.example.com.:80'), 'app.example.com'],
  ['a Host without or with much space', get('Host:  \t app.example.com \t'), 'app.example.com'],
  ['a Host glued to its colon', get('Host:app.example.com'), 'app.example.com'],
  ['a Host among others', get('Hos: x', 'Accept: a:b', 'Host: a.example', 'Hosts: y'), 'a.example'],
  ['an underscore', get('Host: _a.example.com'), '_a.example.com'],
  [
    'a target with its Host',
    head('GET http://a.example/x HTTP/1.1', 'Host: A.example.'),
    'a.example',
  ],
  ['a target and no Host in 1.0', head('GET http://u:p@a.example:8?q HTTP/1.0'), 'a.example'],
  ['a scheme in capitals', head('GET HTTPS://a.example HTTP/1.1', 'Host: a.example'), 'a.example'],
  ['an asterisk target', head('OPTIONS * HTTP/1.1', 'Host: a.example'), 'a.example'],
  ['a URL in the path', head('GET /http://b.example/ HTTP/1.1', 'Host: a.example'), 'a.example'],
  ['an unknown method', head('MKCOLA /a HTTP/1.1', 'Host: a.example'), 'a.example'],
  ['bytes beyond ASCII in a value', get('Host: a.example', 'X: D\u00fcsseldorf'), 'a.example'],
  ['an Upgrade to h2c, which is a request', get('Host: a.example', 'Upgrade: h2c'), 'a.example'],
  [
    'empty lines before the request',
    Buffer.concat([Buffer.from('\r\n\r\n'), get('Host: a.b')]),
    'a.b',
  ],
  ['no Host in HTTP/1.0', head('GET / HTTP/1.0', 'Accept: */*'), null],
  ['an empty Host', get('Host:'), null],
  ['an IPv4 Host', get('Host: 192.0.2.1:8080'), null],
  ['an IPv6 Host', get('Host: [2001:db8::1]:8080'), null],
];

for (const [title, bytes, serverName] of NAMED) {
  test(`${title} says ${serverName ?? 'nothing'}`, () => {
    const reading = read(bytes);
    assert.equal(reading.kind, 'hello');
    const { targetStart, targetEnd, ...hello } = reading.hello;
    assert.deepEqual(hello, { protocol: 'http', serverName });
    const [, target] = bytes.toString('latin1').trimStart().split(' ');
    assert.equal(bytes.toString('latin1', targetStart, targetEnd), target);
  });
}

const MALFORMED: Readonly<Record<string, Buffer>> = {
  'no Host in HTTP/1.1': get('Accept: */*'),
  'no Host beside an absolute-form target': head('GET http://a.example/ HTTP/1.1'),
  'two Hosts': get('Host: a.example', 'Host: b.example'),
  'the same Host twice': get('Host: a.example', 'host: a.example'),
  'a Host that differs from the target': head('GET http://a.example/ HTTP/1.1', 'Host: b.example'),
  'space before the colon': get('Host : a.example'),
  'a folded Host': get('Host:', ' a.example'),
  'any folded line': get('Host: a.example', 'X: a', '\tb'),
  'space before the first field': head('GET / HTTP/1.1', ' Host: a.example'),
  'a field without a colon': get('Host: a.example', 'nonsense'),
  'a field without a name': get(': a.example'),
  'a field name that is no token': get('Ho(st: a.example'),
  'NUL in a value': get('Host: a.example', 'X: \0'),
  'NUL in the request line': head('GET /\0 HTTP/1.1', 'Host: a.example'),
  'a bare CR in a value': get('Host: a.example\rHost: b.example'),
  'lines that end with a bare LF': Buffer.from('GET / HTTP/1.1\nHost: a.example\n\n'),
  'one line that ends with a bare LF': Buffer.from(
    'GET / HTTP/1.1\r\nX: y\nHost: a.example\r\n\r\n',
  ),
  'a bare IPv6 literal': get('Host: 2001:db8::1'),
  'an unfinished IPv6 literal': get('Host: [2001:db8::1'),
  'something after an IPv6 literal': get('Host: [2001:db8::1].'),
  'a name in brackets': get('Host: [a.example]'),
  'user information in the Host': get('Host: a.example@b.example'),
  'a path in the Host': get('Host: a.example/b'),
  'two ports': get('Host: a.example:80:81'),
  'a port that is no number': get('Host: a.example:http'),
  'a list of Hosts': get('Host: a.example, b.example'),
  'a space in the Host': get('Host: a b.example'),
  'a Host beyond ASCII': get('Host: b\u00fccher.example'),
  'a Host that is no DNS name': get('Host: a..example'),
  'a percent-encoded Host': get('Host: a%2eexample'),
  'an IPv4 literal that is not dotted decimal': get('Host: 0x7f.1'),
  'an authority that is none': head('GET http://[::1 HTTP/1.1', 'Host: a.example'),
  CONNECT: head('CONNECT a.example:443 HTTP/1.1', 'Host: a.example:443'),
  'HTTP/0.9': Buffer.from('GET /\r\n'),
  'HTTP/2.0, the preface of h2c': Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'two spaces in the request line': head('GET  / HTTP/1.1', 'Host: a.example'),
  'a space in the target': head('GET /a b HTTP/1.1', 'Host: a.example'),
  'a space after the version': head('GET / HTTP/1.1 ', 'Host: a.example'),
  'another protocol': head('OPTIONS rtsp://a.example/ RTSP/1.0', 'CSeq: 1'),
};

for (const [title, bytes] of Object.entries(MALFORMED)) {
  test(`${title} is malformed`, () => {
    assert.equal(read(bytes).kind, 'malformed');
  });
}

test('bytes that cannot start a request are foreign at once', () => {
  for (const bytes of [
    Buffer.of(0x16, 3, 1),
    Buffer.of(0),
    Buffer.of(0x80),
    Buffer.from(' GET /'),
  ]) {
    const { reading, used } = readInPieces(newHttpReader(), bytes, oneByOne(bytes));
    assert.equal(reading.kind, 'foreign');
    assert.equal(used, 1);
  }
});

test('every prefix of a head is incomplete, and the head ends with its empty line', () => {
  const bytes = get('Host: app.example.com', 'Accept: */*');
  const withBody = Buffer.concat([
    bytes,
    Buffer.from('GET / HTTP/1.1\r\nHost: other.example\r\n\r\n'),
  ]);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(newHttpReader().read(withBody.subarray(0, length)).kind, 'incomplete');
  }
  for (let length = bytes.length; length <= withBody.length; length++) {
    const reader = newHttpReader();
    assert.equal(reader.read(withBody.subarray(0, length)).kind, 'hello');
    assert.equal(reader.headLength, bytes.length);
    assert.equal(reader.host, 'app.example.com');
  }
});

test('a head just as long as the limit is read, one byte more is too large', () => {
  const bytes = get('Host: app.example.com', `X: ${'x'.repeat(4_000)}`);
  for (const pieces of [[], [100], oneByOne(bytes)]) {
    const at = (limit: number) => readInPieces(newHttpReader(limit), bytes, pieces).reading.kind;
    assert.equal(at(bytes.length), 'hello');
    assert.equal(at(bytes.length - 1), 'too-large');
  }
});

test('what was read of a dripping head is not read again', () => {
  const bytes = get('Host: app.example.com', ...Array.from({ length: 200 }, (_, i) => `X-${i}: y`));
  const looks = looksWhileDripping(newHttpReader(), bytes);
  assert.ok(looks < 20 * bytes.length, `${looks} looks at ${bytes.length} bytes`);
});

test('a value that is all white space costs no more than one without', () => {
  const bytes = get('Host: app.example.com', `Host: x${' '.repeat(60_000)}x`);
  assert.equal(readWhole(newHttpReader, bytes).kind, 'malformed');
});
