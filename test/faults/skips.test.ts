import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../support/own-network.ts';

const MISSING = 'only what this test makes up';

test('a fault that the machine cannot make is left out with its reason, and in CI only where that is allowed', () => {
  assert.equal(skipWithout(null, { CI: 'true' }), false);
  assert.equal(skipWithout(MISSING, {}), MISSING);
  assert.throws(() => skipWithout(MISSING, { CI: 'true' }), /CI must not skip.*makes up/);
  assert.equal(skipWithout(MISSING, { CI: 'true', SLUICE_ALLOW_SKIPS: '1' }), MISSING);
});
