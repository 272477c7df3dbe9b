import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossGuard } from '../../../../src/control/sources/loss/loss-guard.ts';

const HALF = { share: 0.5, forMs: 600_000 };
const loss = (lost: number, of: number, accepted = false) => ({ lost, of, accepted });

test('losing more than the share at once is held, losing as much is not', () => {
  const guard = new LossGuard(HALF);
  assert.equal(guard.holds(loss(50, 100), 0), false);
  assert.equal(guard.holds(loss(51, 100), 0), true);
  assert.equal(guard.held, 51);
});

test('losing one or two routes is never held', () => {
  const guard = new LossGuard({ share: 0, forMs: 1000 });
  assert.equal(guard.holds(loss(1, 1), 0), false);
  assert.equal(guard.holds(loss(2, 2), 0), false);
  assert.equal(guard.holds(loss(3, 3), 0), true);
});

test('a first table loses nothing', () => {
  assert.equal(new LossGuard(HALF).holds(loss(0, 0), 0), false);
});

test('a loss that is accepted is taken', () => {
  const guard = new LossGuard(HALF);
  assert.equal(guard.holds(loss(100, 100), 0), true);
  assert.equal(guard.holds(loss(100, 100, true), 1), false);
  assert.equal(guard.held, 0);
  assert.equal(guard.until, null);
});

test('a loss that persists is taken when its time is over', () => {
  const guard = new LossGuard(HALF);
  assert.equal(guard.holds(loss(100, 100), 1000), true);
  assert.equal(guard.until, 601_000);
  assert.equal(guard.holds(loss(99, 100), 600_999), true);
  assert.equal(guard.holds(loss(99, 100), 601_000), false);
  assert.equal(guard.until, null);
});

test('routes that are back end the hold, and the next loss is held from its own beginning', () => {
  const guard = new LossGuard(HALF);
  assert.equal(guard.holds(loss(100, 100), 0), true);
  assert.equal(guard.holds(loss(0, 100), 500_000), false);
  assert.equal(guard.held, 0);
  assert.equal(guard.holds(loss(100, 100), 600_000), true);
  assert.equal(guard.until, 1_200_000);
});

test('the time a source was away does not count', () => {
  const guard = new LossGuard(HALF);
  guard.holds(loss(100, 100), 0);
  guard.interrupt(599_999);
  guard.interrupt(599_999_000);
  assert.equal(guard.held, 100);
  assert.equal(guard.holds(loss(100, 100), 600_000_000), true);
  assert.equal(guard.until, 600_000_001);
});

test('a source that is lost over and over does not put off for ever what is believed', () => {
  const guard = new LossGuard(HALF);
  guard.holds(loss(100, 100), 0);
  for (let now = 60_000; now < 600_000; now += 60_000) {
    guard.interrupt(now);
    assert.equal(guard.holds(loss(100, 100), now), true);
  }
  assert.equal(guard.holds(loss(100, 100), 600_000), false);
});

test('what was never held is not begun by an interruption', () => {
  const guard = new LossGuard(HALF);
  guard.interrupt(5);
  assert.equal(guard.until, null);
});

test('without a share nothing is held', () => {
  assert.equal(new LossGuard({ share: null, forMs: 1000 }).holds(loss(1000, 1000), 0), false);
});
