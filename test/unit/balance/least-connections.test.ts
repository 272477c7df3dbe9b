import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../src/balance/pool.ts';
import { allChoices, backendsOf, contextOf, firstChoices } from './backends.ts';

type Row = readonly [
  weights: readonly number[],
  active: readonly number[],
  draws: readonly number[],
  chosen: string,
];

const ROWS: Record<string, Row> = {
  'fewer sessions win': [[1, 1], [5, 4], [0, 0], 'b'],
  'fewer sessions win, drawn first': [[1, 1], [5, 4], [0.9, 0], 'b'],
  'the first drawn wins a tie': [[1, 1], [4, 4], [0.9, 0], 'b'],
  'the first drawn wins a tie, the other way round': [[1, 1], [4, 4], [0, 0], 'a'],
  'sessions count by weight': [[1, 3], [1, 4], [0, 0], 'b'],
  'the session to come counts': [[1, 3], [0, 1], [0, 0], 'b'],
  'an idle heavy backend wins': [[1, 2], [0, 0], [0, 0], 'b'],
  'only the two drawn are compared': [[1, 1, 1], [9, 8, 0], [0, 0], 'b'],
  'the second is never the first again': [[1, 1, 1], [9, 8, 7], [0.99, 0.99], 'c'],
  'a heavy backend is drawn more often': [[1, 1, 8], [0, 0, 0], [0.2, 0], 'c'],
};

test('the better of two different random backends is chosen, by weight', () => {
  for (const [title, [weights, active, draws, chosen]] of Object.entries(ROWS)) {
    const pool = createPool(backendsOf(...weights), 'least-connections');
    assert.equal(firstChoices(pool, contextOf(active, draws), 1), chosen, title);
  }
});

test('the rest is compared again for the next candidate', () => {
  const pool = createPool(backendsOf(1, 1, 1), 'least-connections');
  assert.equal(allChoices(pool, contextOf([2, 1, 0], [0, 0, 0, 0, 0])), 'b c a');
});

test('sessions that stay end up spread by weight', () => {
  const active = [0, 0, 0];
  const pool = createPool(backendsOf(4, 2, 2), 'least-connections');
  const draws = Array.from({ length: 1600 }, (_, i) => ((i * 7) % 16) / 16);
  const context = contextOf(active, draws);
  for (let session = 0; session < 800; session++) {
    const name = firstChoices(pool, context, 1);
    active['abc'.indexOf(name)]!++;
  }
  assert.deepEqual(active, [400, 200, 200]);
});
