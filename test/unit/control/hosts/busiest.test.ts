import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Busiest } from '../../../../src/control/hosts/busiest.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

test('the busiest of any number are those that sorting all of them gives, in its order', () => {
  const random = new SeededRandom(9);
  for (let round = 0; round < 300; round++) {
    const values = Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 19));
    const limit = random.integer(0, 30);
    const found = new Busiest(limit);
    for (const [slot, busyness] of values.entries()) found.offer(slot, busyness);
    const slots = found.inOrder();
    const sorted = values.toSorted((a, b) => b - a).slice(0, limit);
    assert.deepEqual(
      slots.map((slot) => values[slot]),
      sorted,
    );
    assert.equal(new Set(slots).size, slots.length);
  }
});

test('nobody is among the busiest none', () => {
  const none = new Busiest(0);
  none.offer(1, Infinity);
  assert.deepEqual(none.inOrder(), []);
});
