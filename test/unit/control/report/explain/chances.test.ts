import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalanceMethod } from '../../../../../src/balance/candidates.ts';
import { candidates, createPool } from '../../../../../src/balance/pool.ts';
import { chancesOf, type Contender } from '../../../../../src/control/report/explain/chances.ts';
import { CLIENT, clientAt, worldOf } from '../../../balance/backends.ts';

const THREE: readonly Contender[] = [
  { address: 'a', weight: 5, sessions: 40 },
  { address: 'b', weight: 1, sessions: 2 },
  { address: 'c', weight: 2, sessions: 9 },
];

for (const method of ['random', 'least-connections'] as const) {
  test(`the chances of ${method} are those of the balancer itself`, () => {
    const chances = chancesOf(method, THREE);
    const drawn = drawAll(method);
    for (const [i, chance] of chances.entries())
      assert.ok(
        Math.abs(chance! - drawn[i]!) < 0.01,
        `${THREE[i]!.address}: ${chance} ${drawn[i]}`,
      );
  });
}

test('in turn is by weight, over time', () => {
  assert.deepEqual(chancesOf('round-robin', THREE), [5 / 8, 1 / 8, 2 / 8]);
});

test('by the address of a client, it is certain who has it', () => {
  assert.deepEqual(chancesOf('source', THREE), [5 / 8, 1 / 8, 2 / 8]);
  for (let i = 0; i < 50; i++) {
    const from = `198.51.100.${i}`;
    const backends = THREE.map(({ address, weight }, slot) => {
      return {
        name: address,
        endpoint: { path: '/' },
        weight,
        max: null,
        proxy: 'off',
        slot,
      } as const;
    });
    const first = candidates(createPool(backends, 'source'), worldOf({}), clientAt(from)).next()!;
    const chances = chancesOf('source', THREE, from);
    assert.deepEqual(
      chances,
      THREE.map(({ address }) => Number(address === first.name)),
    );
  }
});

test('the only candidate is certain, whatever is known of it', () => {
  assert.deepEqual(chancesOf('least-connections', [{ ...THREE[0]!, sessions: null }]), [1]);
});

test('where sessions are not counted, nobody can say who has the fewest', () => {
  const unknown = THREE.map((each) => ({ ...each, sessions: null }));
  assert.deepEqual(chancesOf('least-connections', unknown), [null, null, null]);
});

/** Every draw there is, on a fine grid: no randomness. */
function drawAll(method: BalanceMethod): number[] {
  const backends = THREE.map(({ address, weight }, slot) => {
    return {
      name: address,
      endpoint: { path: '/' },
      weight,
      max: null,
      proxy: 'off',
      slot,
    } as const;
  });
  const counts = [0, 0, 0];
  const steps = 160;
  for (let i = 0; i < steps * steps; i++) {
    const draws = [(Math.floor(i / steps) + 0.5) / steps, ((i % steps) + 0.5) / steps];
    const context = worldOf({
      activeSessions: (slot) => THREE[slot]!.sessions!,
      random: () => draws.shift() ?? 0,
    });
    const first = candidates(createPool(backends, method), context, CLIENT).next()!;
    counts[first.slot]! += 1 / (steps * steps);
  }
  return counts;
}
