import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mirror } from '../../../../src/control/sources/routes/mirror.ts';
import {
  noRoute,
  partOf,
  readingOf,
  type Reading,
} from '../../../../src/control/sources/routes/reading.ts';
import { RouteSet } from '../../../../src/control/sources/routes/route-set.ts';
import { RecordingSink } from '../../../contract/source.ts';

const route = (key: string, ...members: readonly string[]) => readingOf(key, { backends: members });

test('the first table is told as a whole, even an empty one, and only differences after it', () => {
  const { mirror, sink } = mirrored();
  assert.equal(mirror.ready, false);
  mirror.swap(setOf());
  assert.equal(mirror.ready, true);
  assert.equal(mirror.swap(setOf(route('a.example.com', '1'), route('b.example.com', '1'))), 2);
  assert.equal(mirror.swap(setOf(route('a.example.com', '1'))), 1);
  assert.equal(mirror.swap(setOf(route('a.example.com', '1'))), 0);
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
  mirror.swap(setOf());
  const many = Array.from({ length: 1001 }, (_, i) => route(`h${i}.example.com`, '1'));
  mirror.swap(setOf(...many));
  assert.deepEqual(sink.calls, ['replace', 'replace']);
  assert.equal(sink.routes.size, 1001);
});

test('one key that was read again is told when it differs', () => {
  const { mirror, sink } = mirrored();
  mirror.apply(route('early.example.com', '1'));
  mirror.swap(setOf(route('a.example.com', '1')));
  mirror.apply(route('a.example.com', '1'));
  mirror.apply(route('a.example.com', '1', '2'));
  mirror.apply(route('a.example.com'));
  assert.deepEqual(sink.calls, ['replace', 'change a.example.com', 'change a.example.com']);
  assert.equal(mirror.routes, 0);
});

test('a problem is told once, and again when the reason changes or it comes back', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf(noRoute('Bad', null, 'one')));
  mirror.swap(setOf(noRoute('Bad', null, 'one')));
  mirror.apply(noRoute('Bad', null, 'one'));
  mirror.apply(noRoute('Bad', null, 'two'));
  assert.equal(mirror.badKeys, 1);
  mirror.swap(setOf());
  assert.equal(mirror.badKeys, 0);
  mirror.swap(setOf(noRoute('Bad', null, 'two')));
  assert.deepEqual(sink.calls, ['replace', 'problem Bad', 'problem Bad', 'problem Bad']);
});

test('parts that are read again one by one make one record, and the last that goes takes the route', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf(route('a.example.com', '1')));
  mirror.apply(partOf('a.example.com', 'draining', { draining: ['2'] }));
  mirror.apply(partOf('a.example.com', 'options', { options: [['balance', 'random']] }));
  mirror.apply(partOf('a.example.com', 'backends', { backends: [] }));
  assert.deepEqual(sink.routes.get('a.example.com'), {
    backends: [],
    draining: ['2'],
    acme: [],
    options: { balance: 'random' },
  });
  mirror.apply(noRoute('a.example.com', 'options'));
  mirror.apply(noRoute('a.example.com', 'draining'));
  assert.equal(sink.routes.size, 0);
  assert.equal(sink.calls.length, 6);
});

test('the problems of the parts of a route stand side by side', () => {
  const { mirror, sink } = mirrored();
  mirror.swap(setOf(noRoute('a.example.com', 'backends', 'is not a set')));
  mirror.apply(noRoute('a.example.com', 'options', 'has options that are not a hash'));
  assert.equal(sink.problems.get('a.example.com'), 'is not a set; has options that are not a hash');
  mirror.apply(noRoute('a.example.com', 'backends'));
  assert.equal(sink.problems.get('a.example.com'), 'has options that are not a hash');
  mirror.apply(noRoute('a.example.com', 'options'));
  assert.equal(mirror.badKeys, 0);
});

function mirrored() {
  const sink = new RecordingSink();
  return { sink, mirror: new Mirror(sink) };
}

function setOf(...readings: readonly Reading[]): RouteSet {
  const set = new RouteSet();
  for (const reading of readings) set.add(reading);
  return set;
}
