import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessLog } from '../../../src/account/access-log.ts';
import type { SessionRecord } from '../../../src/session/session.ts';

const RECORD: SessionRecord = {
  id: 'abc-0-1',
  listener: 0,
  source: { ip: '2001:db8::42', port: 5000 },
  protocol: null,
  host: null,
  alpn: [],
  route: null,
  backend: null,
  termination: 'ok',
  detail: '',
  retries: 0,
  bytesFromClient: 0,
  bytesFromBackend: 0,
  helloAfter: 1500,
  routeAfter: 0,
  connectAfter: 0,
  firstByteAfter: 0,
  endedAfter: 10_000,
};

function write(record: Partial<SessionRecord>, level: 'debug' | 'info' = 'info'): string[] {
  const lines: string[] = [];
  const log = createAccessLog({ edge: 'edge-1', listeners: ['tls://0.0.0.0:443'], level }, (line) =>
    lines.push(line),
  );
  log({ ...RECORD, ...record });
  return lines;
}

test('a session is one JSON line with its edge, listener, client and ending', () => {
  const [line] = write({ termination: 'unknown-host' });
  const parsed = JSON.parse(line!) as Record<string, unknown>;
  assert.equal(parsed['edge'], 'edge-1');
  assert.equal(parsed['listener'], 'tls://0.0.0.0:443');
  assert.equal(parsed['client'], '[2001:db8::42]:5000');
  assert.equal(parsed['termination'], 'unknown-host');
  assert.equal(parsed['letters'], 'PR');
  assert.ok(line!.endsWith('\n'));
});

test('a stage has its own milliseconds, and none when it was not reached', () => {
  const parsed = JSON.parse(write({})[0]!) as Record<string, unknown>;
  assert.equal(parsed['hello_ms'], 1.5);
  assert.equal(parsed['total_ms'], 10);
  assert.equal('connect_ms' in parsed, false);
});

test('a client that never spoke is logged at debug only', () => {
  assert.deepEqual(write({ termination: 'client-silent' }), []);
  assert.equal(write({ termination: 'client-silent' }, 'debug').length, 1);
});

test('what a client put into its ALPN can forge neither a line nor a terminal sequence', () => {
  const alpn = [
    'h2',
    'a\n{"x":1}',
    '\u009b31mred',
    'z'.repeat(255),
    ...Array<string>(20).fill('p'),
  ];
  const [line] = write({ protocol: 'tls', alpn });
  assert.equal(line!.trimEnd().split('\n').length, 1);
  assert.match(line!, /^[\x20-\x7e]+\n$/);
  assert.ok(line!.length < 1024);
});
