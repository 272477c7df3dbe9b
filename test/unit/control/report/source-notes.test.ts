import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeAge } from '../../../../src/control/routes/http-age.ts';
import { ageInWords, sourceNotes } from '../../../../src/control/report/source-notes.ts';
import { zeroCounters, type SourceStatus } from '../../../../src/control/sources/source.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const FINE: SourceStatus = {
  kind: 'redis',
  from: 'redis://10.0.0.1:6379',
  ready: true,
  connected: true,
  tracking: 'tracking',
  problem: null,
  routes: 10,
  badKeys: 0,
  lastSyncAt: NOW,
  staleSince: null,
  snapshotAt: null,
  lossHeld: 0,
  snapshot: null,
  counters: zeroCounters(),
};

test('of a source that is fine nothing is said', () => {
  assert.deepEqual(sourceNotes(FINE, NOW), []);
});

test('routes from a snapshot are said to be, with their age and why', () => {
  const problem = 'redis://10.0.0.1:6379: connection refused';
  const snapshotAt = NOW - 3.5 * HOUR_MS;
  assert.deepEqual(sourceNotes({ ...FINE, problem, snapshotAt }, NOW), [
    `routes are from the snapshot of 2026-11-22T08:30:00.000Z, 3 h old: ${problem}`,
  ]);
  assert.match(sourceNotes({ ...FINE, snapshotAt }, NOW)[0]!, /old: reading redis:/);
});

test('a source in trouble, routes that are held and a snapshot that fails are said', () => {
  const snapshot = { asOf: null, loading: false, problem: 'ENOSPC', writes: { ok: 0, error: 1 } };
  assert.deepEqual(sourceNotes({ ...FINE, problem: 'gone', lossHeld: 7, snapshot }, NOW), [
    'the routes known are served, but: gone',
    '7 routes that redis://10.0.0.1:6379 has lost are held',
    'snapshot: ENOSPC',
  ]);
});

test('an age is in the largest unit there is one of', () => {
  const ages = [-5, 0, 999, 59_999, 60_000, HOUR_MS, 47 * HOUR_MS, 48 * HOUR_MS];
  const words = ['0 s', '0 s', '0 s', '59 s', '1 min', '1 h', '1 d', '2 d'];
  assert.deepEqual(ages.map(ageInWords), words);
});

test('routes are as old as their snapshot, else as the outage', () => {
  assert.equal(routeAge(FINE, NOW), 0);
  assert.equal(routeAge({ ...FINE, staleSince: NOW - 5 }, NOW), 5);
  assert.equal(routeAge({ ...FINE, staleSince: NOW - 5, snapshotAt: NOW - 50 }, NOW), 50);
});
