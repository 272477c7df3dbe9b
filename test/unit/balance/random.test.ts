import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../src/balance/pool.ts';
import { drawByWeight } from '../../../src/balance/random.ts';
import { allChoices, backendsOf, contextOf, firstChoices } from './backends.ts';

test('a backend is as wide as its weight', () => {
  const drawn = [0, 0.24, 0.25, 0.5, 0.74, 0.75, 0.999].map((at) => drawByWeight([1, 2, 1], at));
  assert.deepEqual(drawn, [0, 0, 1, 1, 1, 2, 2]);
});

test('what has no weight leaves no gap', () => {
  const drawn = [0, 0.49, 0.5, 0.999].map((at) => drawByWeight([1, 0, 1], at));
  assert.deepEqual(drawn, [0, 0, 2, 2]);
  assert.equal(drawByWeight([1, 2, 0], 1 - Number.EPSILON), 1);
});

test('over evenly spaced draws, shares are exactly the weights', () => {
  const pool = createPool(backendsOf(7, 2, 1), 'random');
  const fractions = Array.from({ length: 100 }, (_, i) => i / 100);
  const names = firstChoices(pool, contextOf([], fractions), 100).split(' ');
  const count = (name: string) => names.filter((other) => other === name).length;
  assert.deepEqual([count('a'), count('b'), count('c')], [70, 20, 10]);
});

test('one draw is spent on each candidate', () => {
  const pool = createPool(backendsOf(1, 1, 1), 'random');
  assert.equal(allChoices(pool, contextOf([], [0.5, 0.5, 0.5])), 'b c a');
});
