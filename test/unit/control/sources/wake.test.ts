import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wake } from '../../../../src/control/sources/wake.ts';

const LONG_MS = 2 ** 30;

test('a call ends the wait', async () => {
  const wake = new Wake();
  const waiting = wake.wait(LONG_MS);
  wake.call();
  assert.equal(await waiting, true);
});

test('a call that came before the wait is not lost, and counts once', async () => {
  const wake = new Wake();
  wake.call();
  wake.call();
  assert.equal(await wake.wait(LONG_MS), true);
  assert.equal(await wake.wait(1), false);
});

test('when time is up nobody called', async () => {
  assert.equal(await new Wake().wait(1), false);
});
