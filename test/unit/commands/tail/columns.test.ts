import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionTable } from '../../../../src/commands/tail/columns.ts';

const LINE = {
  time: '2026-11-23T01:43:44.276Z',
  id: 'dFcLgk2i-1-0',
  client: '192.0.2.1:48720',
  host: 'app.example.com',
  backend: '10.0.0.5:443',
  termination: 'ok',
  retries: 0,
  bytes_from_client: 79,
  bytes_from_backend: 88_200,
  hello_ms: 4.7,
  route_ms: 0.1,
  connect_ms: 2.7,
  first_byte_ms: 12.3,
  total_ms: 61_000,
};

const linesOf = (text: string) => text.trimEnd().split('\n');

test('cells stand below their headings, which come once', () => {
  const table = new SessionTable(false);
  const [headings, first] = linesOf(table.format(LINE, null));
  const [second] = linesOf(table.format({ ...LINE, host: 'b.example.com' }, null));
  assert.equal(
    first!.replaceAll(/ +/g, ' '),
    '01:43:44.276 ok app.example.com 10.0.0.5:443 4.7ms 0.1ms 2.7ms 12ms 61.0s 79B 88.2kB ' +
      '192.0.2.1:48720 dFcLgk2i-1-0',
  );
  for (const [heading, cell] of [
    ['END', 'ok'],
    ['BACKEND', '10.0.0.5'],
    ['CLIENT', '192.0.2.1'],
    ['ID', 'dFcLgk2i'],
  ] as const)
    assert.equal(headings!.indexOf(heading), first!.indexOf(cell), heading);
  assert.equal(second!.indexOf('192.0.2.1:48720'), first!.indexOf('192.0.2.1:48720'));
});

test('no line is wider than its terminal, and the stages and the end stay in the narrowest', () => {
  const long = {
    ...LINE,
    host: `${'a'.repeat(60)}.example.com`,
    termination: 'routes-unavailable',
  };
  for (const width of [80, 90, 100, 120, 140, 160, 200]) {
    const lines = linesOf(new SessionTable(false).format(long, width));
    for (const line of lines) assert.ok(line.length <= width, `${width}: ${line.length}`);
    for (const text of ['01:43:44', 'routes-unavailable', 'aaaaaaaaaa', '4.7ms', '12ms', '61.0s'])
      assert.ok(lines[1]!.includes(text), `${width}: ${text}`);
  }
});

test('headings come again when the terminal is another', () => {
  const table = new SessionTable(false);
  const count = [100, 100, 80].map((width) => linesOf(table.format(LINE, width)).length);
  assert.deepEqual(count, [2, 1, 2]);
});

test('a stage that was not reached is a dash, and the reason of an end is said', () => {
  const { connect_ms: _c, first_byte_ms: _f, ...reached } = LINE;
  const line = {
    ...reached,
    termination: 'connect-failed',
    detail: 'refused, refused',
    retries: 1,
  };
  const [, text] = linesOf(new SessionTable(false).format(line, null));
  assert.match(text!, / connect-failed .* 0\.1ms +- +- +61\.0s .* refused, refused, after 1 more /);
});

test('a session that lives says so, with its age', () => {
  const { termination: _t, total_ms: _m, ...rest } = LINE;
  const line = { ...rest, live: true, phase: 'relaying', age_ms: 5 };
  const [, text] = linesOf(new SessionTable(false).format(line, null));
  assert.match(text!, / live: relaying .* 12ms +5\.0ms /);
});

test('colour is there only where it is wanted, and for the end alone says nothing new', () => {
  const ends = { ok: 32, 'connect-failed': 31, 'client-aborted': 33, 'of-the-future': 33 };
  for (const [termination, code] of Object.entries(ends)) {
    const line = { ...LINE, termination };
    const text = new SessionTable(true).format(line, 120);
    assert.ok(text.includes(`\x1b[${code}m${termination}`), termination);
    assert.ok(!new SessionTable(false).format(line, 120).includes('\x1b'));
  }
});

test('nothing that an edge says moves a cursor', () => {
  const hostile = '\x1b[2J\u009b31m\u202e\r\n"';
  const line = Object.fromEntries(Object.keys(LINE).map((key) => [key, hostile]));
  const text = new SessionTable(false).format({ ...line, detail: hostile, phase: hostile }, null);
  assert.match(text, /^[\x20-\x7e]+\n[\x20-\x7e]+\n$/);
  assert.ok(text.includes(String.raw`\x1b[2J\x9b31m\u{202e}\x0d\x0a`));
});

test('sessions that are not shown are counted', () => {
  const table = new SessionTable(false);
  assert.match(table.formatMissed(1), /^… 1 session more, not shown/);
  assert.match(table.formatMissed(2), /^… 2 sessions more, not shown/);
});
