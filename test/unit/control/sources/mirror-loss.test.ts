import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossGuard } from '../../../../src/control/sources/loss/loss-guard.ts';
import { Mirror } from '../../../../src/control/sources/routes/mirror.ts';
import { readingOf } from '../../../../src/control/sources/routes/reading.ts';
import { RouteSet } from '../../../../src/control/sources/routes/route-set.ts';
import { RecordingSink } from '../../../contract/source.ts';

const FOUR = ['a.test', 'b.test', 'c.test', 'd.test'];
const HOUR_MS = 3_600_000;

test('a table that lost too much is not told, and what changes singly still is', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf(...FOUR));
  assert.equal(mirror.swap(setOf()), 0);
  assert.equal(mirror.held, 4);
  mirror.apply(readingOf('new.test', { backends: ['10.0.0.1'] }));
  mirror.apply(readingOf('a.test', {}));
  assert.deepEqual([...sink.routes.keys()], ['b.test', 'c.test', 'd.test', 'new.test']);
  assert.deepEqual(sink.calls, ['replace', 'change new.test', 'change a.test']);
});

test('what was held is told when it is accepted', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf(...FOUR));
  mirror.swap(setOf());
  assert.equal(mirror.swap(setOf(), true), 4);
  assert.equal(mirror.held, 0);
  assert.equal(sink.routes.size, 0);
});

test('a table that was replaced by another of the same size lost all the same', () => {
  const { mirror } = mirrored();
  mirror.swap(setOf(...FOUR));
  mirror.swap(setOf('e.test', 'f.test', 'g.test', 'h.test'));
  assert.equal(mirror.held, 4);
});

test('an earlier table is told at once when it is wanted, and replaced by what differs', () => {
  const { mirror, sink } = mirrored();
  mirror.adopt({ routes: setOf(...FOUR), asOf: 5 }, 'told');
  assert.equal(mirror.snapshotAt, 5);
  assert.equal(mirror.ready, true);
  mirror.swap(setOf('a.test', 'b.test', 'c.test'));
  assert.equal(mirror.snapshotAt, null);
  assert.deepEqual(sink.calls, ['replace', 'change d.test']);
});

test('an earlier table that is only compared is told when the first one lost too much of it', () => {
  const { mirror, sink } = mirrored();
  mirror.adopt({ routes: setOf(...FOUR), asOf: 5 }, 'compared');
  assert.deepEqual([mirror.ready, mirror.routes, mirror.snapshotAt], [false, 0, null]);
  mirror.swap(setOf());
  assert.deepEqual([mirror.ready, mirror.routes, mirror.snapshotAt], [true, 4, 5]);
  assert.deepEqual([...sink.routes.keys()], FOUR);
  mirror.swap(setOf(), true);
  assert.deepEqual([mirror.routes, mirror.snapshotAt, sink.routes.size], [0, null, 0]);
});

test('an earlier table that is only compared is never told when the first one is like it', () => {
  const { mirror, sink } = mirrored();
  mirror.adopt({ routes: setOf(...FOUR), asOf: 5 }, 'compared');
  mirror.swap(setOf('a.test', 'b.test', 'e.test'));
  assert.deepEqual(sink.calls, ['replace']);
  assert.deepEqual([...sink.routes.keys()], ['a.test', 'b.test', 'e.test']);
});

test('an earlier table comes too late once one was told', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf('a.test'));
  mirror.adopt({ routes: setOf(...FOUR), asOf: 5 }, 'told');
  assert.deepEqual(sink.calls, ['replace']);
  assert.equal(mirror.snapshotAt, null);
});

function mirrored() {
  const sink = new RecordingSink();
  const guard = new LossGuard({ share: 0.5, forMs: HOUR_MS });
  return { sink, mirror: new Mirror(sink, guard) };
}

function setOf(...keys: readonly string[]): RouteSet {
  const set = new RouteSet();
  for (const key of keys) set.add(readingOf(key, { backends: ['10.0.0.1'] }));
  return set;
}
