import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HostTally,
  TouchedTallies,
  type HostDeltas,
} from '../../../../src/worker/hosts/host-tally.ts';

const NONE = { patterns: [], rows: [] };

function tallies(...patterns: readonly string[]) {
  const touched = new TouchedTallies();
  const each = patterns.map((pattern) => new HostTally(pattern, touched));
  return { touched, each, take: (max = 100) => rowsOf(touched.take(max)) };
}

function rowsOf({ patterns, numbers }: HostDeltas) {
  return { patterns, rows: patterns.map((_, i) => Array.from(numbers.subarray(i * 5, i * 5 + 5))) };
}

test('only hosts to which something happened are told of, and each time what is new', () => {
  const { each, take } = tallies('a.test', 'b.test');
  const [a] = each;
  a!.entered();
  a!.moved(10, 20);
  assert.deepEqual(take(), { patterns: ['a.test'], rows: [[1, 0, 0, 10, 20]] });
  assert.deepEqual(take(), NONE);
  a!.moved(0, 0);
  assert.deepEqual(take(), NONE, 'a session at rest is nothing new');
  a!.moved(1, 2);
  a!.ended(true);
  assert.deepEqual(take(), { patterns: ['a.test'], rows: [[-1, 1, 1, 1, 2]] });
});

test('a session that leaves for another route is counted once', () => {
  const { each, take } = tallies('asleep.test', 'awake.test');
  const [asleep, awake] = each;
  asleep!.entered();
  asleep!.left();
  awake!.entered();
  awake!.ended(false);
  assert.deepEqual(take().rows, [
    [0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0],
  ]);
});

test('a route that is learnt anew goes on where the old one was', () => {
  const { each, take } = tallies('a.test', 'a.test');
  const [before, after] = each;
  before!.entered();
  take();
  after!.entered();
  before!.ended(false);
  const { rows } = take();
  assert.equal(rows[0]![0]! + rows[1]![0]!, 0, 'one came and one went');
});

test('those for whom there is no room are the first of the next time', () => {
  const { touched, each, take } = tallies('a.test', 'b.test', 'c.test');
  for (const tally of each) tally.entered();
  assert.deepEqual(take(2).patterns, ['a.test', 'b.test']);
  each[0]!.entered();
  assert.deepEqual(take(2).patterns, ['c.test', 'a.test']);
  assert.equal(touched.isEmpty, true);
  each[1]!.entered();
  assert.deepEqual(take(2).patterns, ['b.test']);
});
