import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentWaits } from '../../../../src/control/runtime/recent-waits.ts';
import { TurnWaits, WAIT_CELLS } from '../../../../src/engine/turn-waits.ts';

function start() {
  const cells = new Float64Array(WAIT_CELLS);
  return { waits: new TurnWaits(cells), recent: new RecentWaits(cells) };
}

test('a worker that has not turned has no wait', () => {
  assert.equal(start().recent.p99Ms, null);
});

test('the wait is that of the last while, and what came before is forgotten', () => {
  const { waits, recent } = start();
  for (let n = 0; n < 100; n++) waits.worked(70);
  assert.ok(recent.p99Ms! > 50 && recent.p99Ms! <= 100);
  recent.turn();
  for (let n = 0; n < 1000; n++) waits.worked(0.3);
  assert.ok(recent.p99Ms! > 50, 'half of it is remembered');
  recent.turn();
  assert.ok(recent.p99Ms! > 0.25 && recent.p99Ms! <= 0.5);
  recent.turn();
  assert.equal(recent.p99Ms, null);
});
