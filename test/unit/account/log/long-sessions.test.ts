import assert from 'node:assert/strict';
import { test } from 'node:test';
import { justLong } from '../../../../src/account/log/long-sessions.ts';

/** A session by the millisecond in which it was accepted. */
function accepted(at: number) {
  return { at, ageAt: (time: number) => Math.max(1, (time - at) * 1000) };
}

function long(sessions: readonly ReturnType<typeof accepted>[], before: number, now: number) {
  return [...justLong(sessions, 1000, before, now)].map(({ at }) => at);
}

test('a session is told of once each time it has lasted so long once more', () => {
  const session = accepted(0);
  const looks = Array.from({ length: 12 }, (_, n) => n * 300);
  const told = looks.slice(1).filter((now) => long([session], now - 300, now).length > 0);
  assert.deepEqual(told, [1200, 2100, 3000]);
});

test('one that has lasted several times as long between two looks is told of once', () => {
  assert.deepEqual(long([accepted(0)], 500, 4500), [0]);
});

test('those that came later are not even looked at', () => {
  const younger = accepted(4000);
  const unseen = { at: 4500, ageAt: (time: number) => assert.fail(String(time)) };
  assert.deepEqual(long([accepted(0), accepted(3500), younger, unseen], 4000, 4600), [3500]);
});
