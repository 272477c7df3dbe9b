import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BalanceMethod } from '../../../src/balance/candidates.ts';
import { candidates, createPool } from '../../../src/balance/pool.ts';
import { allChoices, backendsOf, CLIENT, contextOf, worldOf } from './backends.ts';

const METHODS: readonly BalanceMethod[] = ['least-connections', 'round-robin', 'random', 'source'];

test('a route without backends has no candidate', () => {
  for (const method of METHODS) {
    assert.equal(candidates(createPool([], method), contextOf(), CLIENT).next(), null, method);
  }
});

test('the only backend is offered once, and nothing is drawn for it', () => {
  for (const method of METHODS) {
    const offered = candidates(createPool(backendsOf(3), method), contextOf(), CLIENT);
    assert.equal(offered.next()?.name, 'a', method);
    assert.equal(offered.next(), null, method);
    assert.equal(offered.next(), null, method);
  }
});

test('a session is offered every backend exactly once, by every method', () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const backend = fc.record({ weight: fc.integer({ min: 1, max: 1000 }), active: fc.nat(100_000) });
  fc.assert(
    fc.property(
      fc.constantFrom(...METHODS),
      fc.array(backend, { maxLength: 12 }),
      fc.infiniteStream(fraction),
      (method, rows, randomness) => {
        const backends = backendsOf(...rows.map(({ weight }) => weight));
        const random = () => randomness.next().value!;
        const context = worldOf({ activeSessions: (slot) => rows[slot]!.active, random });
        const offered = allChoices(createPool(backends, method), context);
        const names = backends.map(({ name }) => name).join(' ');
        assert.equal(offered.split(' ').sort().join(' '), names);
      },
    ),
  );
});

test('two sessions of one route do not take candidates from each other', () => {
  const pool = createPool(backendsOf(1, 1, 1), 'round-robin');
  const [one, two] = [candidates(pool, contextOf(), CLIENT), candidates(pool, contextOf(), CLIENT)];
  const offered = [one.next(), two.next(), one.next(), two.next(), one.next(), two.next()];
  const names = (parity: number) =>
    offered.filter((_, i) => i % 2 === parity).map((backend) => backend!.name);
  assert.deepEqual(names(0).sort(), ['a', 'b', 'c']);
  assert.deepEqual(names(1).sort(), ['a', 'b', 'c']);
});
