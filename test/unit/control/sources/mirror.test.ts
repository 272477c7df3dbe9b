import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mirror } from '../../../../src/control/sources/mirror.ts';
import {
  noRoute,
  readingOf,
  Snapshot,
  type Reading,
} from '../../../../src/control/sources/snapshot.ts';
import { RecordingSink } from '../../../contract/source.ts';

const route = (key: string, ...members: readonly string[]) => readingOf(key, members);

test('the first table is told as a whole, even an empty one, and only differences after it', () => {
  const { mirror, sink } = mirrored();
  assert.equal(mirror.ready, false);
  mirror.swap(snapshotOf());
  assert.equal(mirror.ready, true);
  assert.equal(
    mirror.swap(snapshotOf(route('a.example.com', '1'), route('b.example.com', '1'))),
    2,
  );
  assert.equal(mirror.swap(snapshotOf(route('a.example.com', '1'))), 1);
  assert.equal(mirror.swap(snapshotOf(route('a.example.com', '1'))), 0);
  assert.deepEqual(sink.calls, [
    'replace',
    'change a.example.com',
    'change b.example.com',
    'change b.example.com',
  ]);
  assert.deepEqual([...sink.routes.keys()], ['a.example.com']);
});

test('more than a thousand differences are told as a whole table', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(snapshotOf());
  const many = Array.from({ length: 1001 }, (_, i) => route(`h${i}.example.com`, '1'));
  mirror.swap(snapshotOf(...many));
  assert.deepEqual(sink.calls, ['replace', 'replace']);
  assert.equal(sink.routes.size, 1001);
});

test('one key that was read again is told when it differs', () => {
  const { mirror, sink } = mirrored();
  mirror.apply(route('early.example.com', '1'));
  mirror.swap(snapshotOf(route('a.example.com', '1')));
  mirror.apply(route('a.example.com', '1'));
  mirror.apply(route('a.example.com', '1', '2'));
  mirror.apply(route('a.example.com'));
  assert.deepEqual(sink.calls, ['replace', 'change a.example.com', 'change a.example.com']);
  assert.equal(mirror.routes, 0);
});

test('a problem is told once, and again when the reason changes or it comes back', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(snapshotOf(noRoute('Bad', 'one')));
  mirror.swap(snapshotOf(noRoute('Bad', 'one')));
  mirror.apply(noRoute('Bad', 'one'));
  mirror.apply(noRoute('Bad', 'two'));
  assert.equal(mirror.badKeys, 1);
  mirror.swap(snapshotOf());
  assert.equal(mirror.badKeys, 0);
  mirror.swap(snapshotOf(noRoute('Bad', 'two')));
  assert.deepEqual(sink.calls, ['replace', 'problem Bad', 'problem Bad', 'problem Bad']);
});

function mirrored() {
  const sink = new RecordingSink();
  return { sink, mirror: new Mirror(sink) };
}

function snapshotOf(...readings: readonly Reading[]): Snapshot {
  const snapshot = new Snapshot();
  for (const reading of readings) snapshot.add(reading);
  return snapshot;
}
