import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile } from '../../../../../src/control/report/overview/quantile.ts';

const BOUNDS = [1, 2, 4];

test('a quantile lies where its share of the counts ends, even within a bucket', () => {
  assert.equal(quantile(0.5, BOUNDS, [10, 0, 0, 0]), 0.5);
  assert.equal(quantile(0.5, BOUNDS, [5, 5, 0, 0]), 1);
  assert.equal(quantile(0.75, BOUNDS, [5, 5, 0, 0]), 1.5);
  assert.equal(quantile(0.99, BOUNDS, [0, 0, 100, 0]), 2 + 2 * 0.99);
});

test('what lies beyond the last bound is told as that bound', () => {
  assert.equal(quantile(0.5, BOUNDS, [0, 0, 0, 7]), 4);
});

test('of nothing there is no quantile', () => {
  assert.equal(quantile(0.5, BOUNDS, [0, 0, 0, 0]), null);
  assert.equal(quantile(0.5, BOUNDS, []), null);
});
