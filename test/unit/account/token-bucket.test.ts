import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../../src/account/token-bucket.ts';

test('a bucket grants a second of its rate at once, and then only its rate', () => {
  const bucket = new TokenBucket(100, 0);
  assert.equal(bucket.take(100, 0), true);
  assert.equal(bucket.take(1, 0), false);
  assert.equal(bucket.take(11, 100), false, 'all or none');
  assert.equal(bucket.take(10, 100), true);
  assert.equal(bucket.take(101, 60_000), false, 'rest is not saved up');
  assert.equal(bucket.take(100, 60_000), true);
});
