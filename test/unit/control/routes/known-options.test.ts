import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownOptions } from '../../../../src/control/routes/known-options.ts';
import { NO_OPTIONS } from '../../../../src/session/route.ts';

function knownOptions() {
  const refused: string[] = [];
  const known = new KnownOptions((pattern, option) => refused.push(`${pattern} ${option}`));
  return { known, refused };
}

test('a route that gives no options costs nothing and has none', () => {
  const { known } = knownOptions();
  assert.equal(known.take('app.test', {}), NO_OPTIONS);
});

test('the same options are read once, whoever asks', () => {
  const { known, refused } = knownOptions();
  const first = known.take('app.test', { balance: 'dice', proxy: 'v2' });
  assert.equal(known.take('app.test', { proxy: 'v2', balance: 'dice' }), first);
  assert.deepEqual(refused, ['app.test option balance: dice']);
  assert.equal(known.refused, 1);
});

test('the last good value lives through any number of bad ones, until the option goes', () => {
  const { known } = knownOptions();
  known.take('app.test', { proxy: 'v2' });
  known.take('app.test', { proxy: 'v7', balance: 'dice' });
  assert.equal(known.take('app.test', { proxy: 'v8' }).proxy, 'v2');
  assert.equal(known.refused, 1);
  known.take('app.test', {});
  assert.equal(known.take('app.test', { proxy: 'v8' }).proxy, null);
  known.forget('app.test');
  assert.equal(known.refused, 0);
});
