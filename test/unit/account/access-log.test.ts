import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessLog, type AccessLog } from '../../../src/account/access-log.ts';
import type { LiveRecord } from '../../../src/account/session-lines.ts';
import type { SessionRecord } from '../../../src/session/session.ts';
import { TERMINATION_NAMES } from '../../../src/termination.ts';

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
const LIVE: LiveRecord = { ...RECORD, phase: 'relaying', age: 3_600_000_000 };

interface Written {
  readonly log: AccessLog;
  readonly lines: string[];
  /** How many lines were said to be left out. */
  readonly skipped: () => number;
}

function open(level: 'debug' | 'info' = 'info', sample: number | null = null): Written {
  const lines: string[] = [];
  let skipped = 0;
  const settings = { edge: 'edge-1', listeners: ['tls://0.0.0.0:443'], level, sample };
  const log = createAccessLog(
    settings,
    (line) => lines.push(line),
    () => skipped++,
  );
  return { log, lines, skipped: () => skipped };
}

function write(record: Partial<SessionRecord>, level: 'debug' | 'info' = 'info'): string[] {
  const { log, lines } = open(level);
  log.ended({ ...RECORD, ...record });
  return lines;
}

function fields(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line!) as Record<string, unknown>;
}

test('a session is one JSON line with its edge, listener, client and ending', () => {
  const [line] = write({ termination: 'unknown-host' });
  const parsed = fields(line);
  assert.equal(parsed['edge'], 'edge-1');
  assert.equal(parsed['listener'], 'tls://0.0.0.0:443');
  assert.equal(parsed['client'], '[2001:db8::42]:5000');
  assert.equal(parsed['termination'], 'unknown-host');
  assert.equal(parsed['letters'], 'PR');
  assert.ok(line!.endsWith('\n'));
});

test('a stage has its own milliseconds, and none when it was not reached', () => {
  const parsed = fields(write({})[0]);
  assert.equal(parsed['hello_ms'], 1.5);
  assert.equal(parsed['total_ms'], 10);
  assert.equal('connect_ms' in parsed, false);
});

test('a client that never spoke is logged at debug only', () => {
  assert.deepEqual(write({ termination: 'client-silent' }), []);
  assert.equal(write({ termination: 'client-silent' }, 'debug').length, 1);
});

test('the line of a live session says that it lives, and nothing of an end', () => {
  const { log, lines } = open();
  log.lives(LIVE);
  const { live, phase, age_ms, ...rest } = fields(lines[0]);
  assert.deepEqual([live, phase, age_ms], [true, 'relaying', 3_600_000]);
  for (const name of ['termination', 'letters', 'total_ms']) assert.equal(name in rest, false);
});

test('with a sample successes are left out beyond it, and the next line says how many', () => {
  const { log, lines, skipped } = open('info', 2);
  for (let n = 0; n < 7; n++) log.ended(RECORD);
  assert.equal(lines.length, 2);
  log.lives(LIVE);
  assert.equal(skipped(), 6);
  log.ended({ ...RECORD, termination: 'connect-failed' });
  assert.equal(fields(lines[2])['skipped'], 6);
  log.ended({ ...RECORD, termination: 'connect-failed' });
  assert.equal('skipped' in fields(lines[3]), false);
});

test('whatever is no success is logged however small the sample', () => {
  const { log, lines } = open('debug', 0.001);
  log.ended(RECORD);
  const failures = TERMINATION_NAMES.filter((name) => name !== 'ok' && name !== 'redirected');
  for (const termination of failures)
    for (let n = 0; n < 3; n++) log.ended({ ...RECORD, termination });
  assert.equal(lines.length, 1 + failures.length * 3);
});
