import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  noRoute,
  MAX_MEMBERS,
  readingOf,
  Snapshot,
} from '../../../../src/control/sources/snapshot.ts';

test('a route is what was read last, and without members it is none', () => {
  const snapshot = new Snapshot();
  assert.equal(snapshot.add(readingOf('a.example.com', ['10.0.0.1'])), true);
  assert.equal(snapshot.add(readingOf('a.example.com', ['10.0.0.1'])), false);
  assert.equal(snapshot.add(readingOf('a.example.com', ['10.0.0.2'])), true);
  assert.deepEqual(snapshot.routes.get('a.example.com'), ['10.0.0.2']);
  assert.equal(snapshot.add(readingOf('a.example.com', [])), true);
  assert.equal(snapshot.add(readingOf('a.example.com', [])), false);
  assert.equal(snapshot.routes.size, 0);
});

test('backends past 256, and those over 512 bytes, are left out and reported', () => {
  const many = Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const exact = readingOf('a.example.com', many.slice(0, 256));
  assert.deepEqual([exact.members.length, exact.problems], [MAX_MEMBERS, []]);
  const over = readingOf('a.example.com', many);
  assert.deepEqual([over.members.length, over.problems], [256, ['has more than 256 backends']]);
  const long = readingOf('a.example.com', ['x'.repeat(512), 'é'.repeat(257)]);
  assert.deepEqual(long.members, ['x'.repeat(512)]);
  assert.deepEqual(long.problems, ['has a backend of over 512 bytes']);
});

test('a backend that is listed twice counts once', () => {
  assert.deepEqual(readingOf('a.example.com', ['10.0.0.1', '10.0.0.1']).members, ['10.0.0.1']);
});

test('of a key that is no route only the start is remembered', () => {
  assert.equal(noRoute('x'.repeat(100_000), 'is longer than 253 characters').key.length, 301);
});

test('a thousand problems are remembered, and one that is gone makes room', () => {
  const snapshot = new Snapshot();
  for (let i = 0; i < 2000; i++) snapshot.add(noRoute(`Bad${i}`, 'has upper case'));
  assert.equal(snapshot.problems.size, 1000);
  snapshot.add(readingOf('Bad0', []));
  snapshot.add(noRoute('Another', 'has upper case'));
  assert.equal(snapshot.problems.size, 1000);
  assert.ok(snapshot.problems.has('Another'));
});

test('the difference of two snapshots is every key that came, went or changed', () => {
  const before = snapshotOf({ same: ['1', '2'], changed: ['1'], gone: ['1'] });
  const after = snapshotOf({ same: ['1', '2'], changed: ['2'], came: ['1'] });
  assert.deepEqual(before.difference(after).toSorted(), ['came', 'changed', 'gone']);
  assert.deepEqual(after.difference(after), []);
});

function snapshotOf(routes: Readonly<Record<string, readonly string[]>>): Snapshot {
  const snapshot = new Snapshot();
  for (const [key, members] of Object.entries(routes)) snapshot.add(readingOf(key, members));
  return snapshot;
}
