import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalanceMethod } from '../../../src/balance/candidates.ts';
import { candidates, createPool } from '../../../src/balance/pool.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { backendsOf, CLIENT, clientAt, worldOf } from './backends.ts';
import { assertFits } from './chi-square.ts';

const WEIGHTS = [1, 2, 3, 10];
const SESSIONS = 40_000;

/** How often each of the backends is the first choice of a session, every one over at once. */
function firsts(method: BalanceMethod, active: readonly number[] = []): number[] {
  const seed = new SeededRandom(20_261_122);
  const pool = createPool(backendsOf(...WEIGHTS), method);
  const random = () => seed.next();
  const world = worldOf({ random, activeSessions: (slot) => active[slot] ?? 0 });
  const counts = WEIGHTS.map(() => 0);
  for (let i = 0; i < SESSIONS; i++) {
    const client = `10.${seed.integer(0, 255)}.${seed.integer(0, 255)}.${seed.integer(0, 255)}`;
    counts[candidates(pool, world, clientAt(client)).next()!.slot]!++;
  }
  return counts;
}

test('random and source spread sessions by weight', () => {
  assertFits(firsts('random'), WEIGHTS);
  assertFits(firsts('source'), WEIGHTS);
});

test('round-robin spreads them exactly', () => {
  assert.deepEqual(firsts('round-robin'), [2500, 5000, 7500, 25_000]);
});

test('least-connections takes the better of every pair as often as it is drawn', () => {
  // As loaded for their weight as this: the last one is the best, the first the worst.
  const active = [9, 9, 9, 9];
  const total = 16;
  const expected = WEIGHTS.map((weight, i) => {
    const worse = WEIGHTS.slice(0, i).map((other) => {
      const thenOther = (weight / total) * (other / (total - weight));
      return thenOther + (other / total) * (weight / (total - other));
    });
    return worse.reduce((sum, chance) => sum + chance, 0);
  });
  assert.equal(expected[0], 0);
  const counts = firsts('least-connections', active);
  assert.equal(counts[0], 0);
  assertFits(counts.slice(1), expected.slice(1));
});

test('sessions that stay are spread by weight by least-connections, within a few', () => {
  const seed = new SeededRandom(7);
  const active = WEIGHTS.map(() => 0);
  const pool = createPool(backendsOf(...WEIGHTS), 'least-connections');
  const world = worldOf({
    random: () => seed.next(),
    activeSessions: (slot) => active[slot]!,
  });
  for (let i = 0; i < 16_000; i++) active[candidates(pool, world, CLIENT).next()!.slot]!++;
  for (const [i, count] of active.entries()) {
    const share = WEIGHTS[i]! * 1000;
    assert.ok(Math.abs(count - share) < 20 + share / 100, active.join(' '));
  }
});
