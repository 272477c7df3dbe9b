import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MAX_MEMBERS,
  noRoute,
  partOf,
  readingOf as readingOfRoute,
} from '../../../../src/control/sources/routes/reading.ts';
import {
  EMPTY_MEMBERS,
  EMPTY_OPTIONS,
} from '../../../../src/control/sources/routes/route-record.ts';
import { RouteSet } from '../../../../src/control/sources/routes/route-set.ts';

const readingOf = (key: string, backends: readonly string[]) => readingOfRoute(key, { backends });

test('a route is what was read last, and without members it is none', () => {
  const set = new RouteSet();
  assert.equal(set.add(readingOf('a.example.com', ['10.0.0.1'])), true);
  assert.equal(set.add(readingOf('a.example.com', ['10.0.0.1'])), false);
  assert.equal(set.add(readingOf('a.example.com', ['10.0.0.2'])), true);
  assert.deepEqual(set.routes.get('a.example.com')?.backends, ['10.0.0.2']);
  assert.equal(set.add(readingOf('a.example.com', [])), true);
  assert.equal(set.add(readingOf('a.example.com', [])), false);
  assert.equal(set.routes.size, 0);
});

test('backends past 256, and those over 512 bytes, are left out and reported', () => {
  const many = Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const exact = readingOf('a.example.com', many.slice(0, 256));
  assert.deepEqual([exact.values.backends?.length, exact.problems], [MAX_MEMBERS, []]);
  const over = readingOf('a.example.com', many);
  assert.deepEqual(
    [over.values.backends?.length, over.problems],
    [256, ['has more than 256 backends']],
  );
  const long = readingOf('a.example.com', ['x'.repeat(512), 'é'.repeat(257)]);
  assert.deepEqual(long.values.backends, ['x'.repeat(512)]);
  assert.deepEqual(long.problems, ['has a backend of over 512 bytes']);
});

test('a backend that is listed twice counts once', () => {
  assert.deepEqual(readingOf('a.example.com', ['10.0.0.1', '10.0.0.1']).values.backends, [
    '10.0.0.1',
  ]);
});

test('what a route does not have is the same object in all of them', () => {
  const set = new RouteSet();
  set.add(readingOf('a.example.com', ['10.0.0.1']));
  set.add(partOf('b.example.com', 'draining', { draining: ['10.0.0.1'] }));
  const [a, b] = [...set.routes.values()];
  assert.ok(a?.draining === EMPTY_MEMBERS && a.acme === EMPTY_MEMBERS);
  assert.ok(a.options === EMPTY_OPTIONS && b?.options === EMPTY_OPTIONS);
  assert.ok(b.backends === EMPTY_MEMBERS);
});

test('a record that is known already is not kept a second time', () => {
  const known = setOf({ 'a.example.com': ['1'] }).routes.get('a.example.com')!;
  const set = new RouteSet();
  set.add(readingOf('a.example.com', ['1']), known);
  assert.equal(set.routes.get('a.example.com'), known);
});

test('options past 32, and those over 4096 bytes, are left out and reported', () => {
  const many = Array.from({ length: 33 }, (_, i) => [`o${i}`, 'x'] as const);
  const read = partOf('a.example.com', 'options', { options: [['o', 'x'.repeat(4097)], ...many] });
  assert.equal(Object.keys(read.values.options!).length, 32);
  assert.deepEqual(read.problems, ['has an option of over 4096 bytes', 'has more than 32 options']);
});

test('of a key that is no route only the start is remembered', () => {
  assert.equal(noRoute('x'.repeat(100_000), null, 'is longer than 253 characters').key.length, 301);
});

test('a thousand problems are remembered, and one that is gone makes room', () => {
  const set = new RouteSet();
  for (let i = 0; i < 2000; i++) set.add(noRoute(`Bad${i}`, null, 'has upper case'));
  assert.equal(set.badKeys, 1000);
  set.add(readingOf('Bad0', []));
  set.add(noRoute('Another', null, 'has upper case'));
  assert.equal(set.badKeys, 1000);
  assert.ok(set.problemAt('Another') !== undefined);
});

test('the difference of two sets is every key that came, went or changed', () => {
  const before = setOf({ same: ['1', '2'], changed: ['1'], gone: ['1'] });
  const after = setOf({ same: ['1', '2'], changed: ['2'], came: ['1'] });
  assert.deepEqual(before.difference(after).toSorted(), ['came', 'changed', 'gone']);
  assert.deepEqual(after.difference(after), []);
});

function setOf(routes: Readonly<Record<string, readonly string[]>>): RouteSet {
  const set = new RouteSet();
  for (const [key, members] of Object.entries(routes)) set.add(readingOf(key, members));
  return set;
}
