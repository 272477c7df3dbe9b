import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsedSlots } from '../../../../src/control/health/used-slots.ts';

const MINUTE_MS = 60_000;

test('a backend is in use for ten minutes after a session, and used lately for one', () => {
  const marks = new SharedArrayBuffer(4096);
  const used = new UsedSlots(marks);
  new Uint8Array(marks)[3000] = 1;
  used.collect(4096, MINUTE_MS);
  const seen = (minutes: number) => {
    const now = (1 + minutes) * MINUTE_MS;
    return [used.isInUse(3000, now), used.wasUsedLately(3000, now)];
  };
  assert.deepEqual(
    [seen(0), seen(1), seen(2)],
    [
      [true, true],
      [true, true],
      [true, false],
    ],
  );
  assert.deepEqual(
    [seen(10), seen(11)],
    [
      [true, false],
      [false, false],
    ],
  );
  assert.equal(used.isInUse(2999, MINUTE_MS), false);
});

test('a slot that becomes another backend was never used', () => {
  const marks = new SharedArrayBuffer(16);
  const used = new UsedSlots(marks);
  new Uint8Array(marks)[3] = 1;
  used.collect(16, MINUTE_MS);
  used.forget(3);
  assert.equal(used.isInUse(3, MINUTE_MS), false);
});
