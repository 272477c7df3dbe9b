import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, nat, property } from 'fast-check';
import { Deadlines, OwnedDeadline } from '../../../../../src/engine/epoll/loop/deadlines.ts';

/** What `deadlines.ts` promises: at most a tick late. */
const TICK_MS = 10;

test('a deadline is met once, never early and at most a tick late', () => {
  const { deadlines, add, expired } = wheel(1_000);
  add('a', 1_025);
  deadlines.advance(1_025);
  assert.deepEqual(expired, []);
  deadlines.advance(1_025 + TICK_MS);
  assert.deepEqual(expired, ['a']);
  deadlines.advance(9_000);
  assert.deepEqual(expired, ['a']);
});

test('a deadline that is called off is not met, and may be set again', () => {
  const { deadlines, add, expired } = wheel(0);
  const a = add('a', 50);
  deadlines.cancel(a);
  deadlines.cancel(a);
  deadlines.advance(1_000);
  assert.deepEqual(expired, []);
  deadlines.set(a, 1_100);
  deadlines.set(a, 2_000);
  deadlines.advance(1_990);
  assert.deepEqual(expired, []);
  deadlines.advance(2_010);
  assert.deepEqual(expired, ['a']);
});

test('a deadline in the past is met at the next tick', () => {
  const { deadlines, add, expired } = wheel(500);
  add('late', 100);
  deadlines.advance(500 + TICK_MS);
  assert.deepEqual(expired, ['late']);
});

test('a deadline an hour away is passed over until then', () => {
  const { deadlines, add, expired } = wheel(0);
  add('far', 3_600_000);
  for (let now = 0; now <= 3_600_000; now += 1_000) deadlines.advance(now);
  assert.deepEqual(expired, []);
  deadlines.advance(3_600_000 + TICK_MS);
  assert.deepEqual(expired, ['far']);
});

test('nothing is lost when nobody looks for longer than the wheel is round', () => {
  const { deadlines, add, expired } = wheel(0);
  for (let due = 0; due < 20_000; due += 100) add(`${due}`, due);
  deadlines.advance(60_000);
  assert.equal(expired.length, 200);
});

test('what expires may set, and call off, deadlines of the same moment', () => {
  const deadlines = new Deadlines(0);
  const expired: string[] = [];
  const second = new OwnedDeadline({ expire: () => expired.push('second') });
  const first = new OwnedDeadline({
    expire() {
      expired.push('first');
      deadlines.cancel(second);
      deadlines.set(first, 30);
    },
  });
  deadlines.set(first, 10);
  deadlines.set(second, 10);
  deadlines.advance(20);
  assert.deepEqual(expired, ['first']);
  deadlines.advance(40);
  assert.deepEqual(expired, ['first', 'first']);
});

test('next() is never after the first deadline could be met, and Infinity without any', () => {
  const { deadlines, add } = wheel(0);
  assert.equal(deadlines.next(), Infinity);
  const a = add('a', 3_000);
  assert.ok(deadlines.next() > 3_000 && deadlines.next() <= 3_000 + TICK_MS);
  deadlines.cancel(a);
  assert.equal(deadlines.next(), Infinity);
});

test('any deadlines, looked at at any times, are met as promised', () => {
  const times = array(nat(12_000), { minLength: 1, maxLength: 60 });
  check(
    property(times, times, (dues, steps) => {
      const deadlines = new Deadlines(0);
      const met = new Map<number, number>();
      let now = 0;
      for (const [i, due] of dues.entries()) {
        deadlines.set(new OwnedDeadline({ expire: () => met.set(i, now) }), due);
      }
      for (const step of [...steps, 12_000, TICK_MS]) {
        now += step;
        deadlines.advance(now);
        for (const [i, due] of dues.entries()) {
          if (due + TICK_MS <= now) assert.ok(met.has(i), `${due} was not met at ${now}`);
          if (due >= now) assert.ok(!met.has(i), `${due} was met at ${now}`);
        }
      }
    }),
  );
});

function wheel(now: number) {
  const deadlines = new Deadlines(now);
  const expired: string[] = [];
  const add = (name: string, due: number): OwnedDeadline => {
    const deadline = new OwnedDeadline({ expire: () => expired.push(name) });
    deadlines.set(deadline, due);
    return deadline;
  };
  return { deadlines, add, expired };
}
