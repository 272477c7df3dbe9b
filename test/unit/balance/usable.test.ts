import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../src/balance/backend.ts';
import type { BalanceContext, HealthView } from '../../../src/balance/candidates.ts';
import { createPool } from '../../../src/balance/pool.ts';
import { weigh } from '../../../src/balance/usable.ts';
import { allChoices, ALL_HEALTHY, backendsOf, firstChoices, worldOf } from './backends.ts';

const NOW = 1000;

/** A world where these slots are out of use until then. */
function worldWith(until: Readonly<Record<number, number>>, given: Partial<BalanceContext> = {}) {
  const health: HealthView = {
    share: (slot) => (slot in until ? 0 : 1),
    ejectedUntil: (slot) => until[slot] ?? 0,
    tryOut: () => false,
  };
  return worldOf({ health, now: () => NOW, ...given });
}

function choices(backends: readonly Backend[], context: BalanceContext): string {
  return allChoices(createPool(backends, 'round-robin'), context);
}

test('a backend that is out of use is passed over, and offered when all others were', () => {
  assert.equal(choices(backendsOf(1, 1, 1), worldWith({ 0: 5000 })), 'b c a');
  const pool = createPool(backendsOf(1, 1, 1), 'round-robin');
  assert.equal(firstChoices(pool, worldWith({ 1: 5000 }), 6), 'a c a c a c');
});

test('the only backend is never passed over', () => {
  assert.equal(choices(backendsOf(1), worldWith({ 0: 5000 }, { maxEjected: 1 })), 'a');
});

test('no larger share than --max-ejected is passed over: those that are back first stay in use', () => {
  const rows: [count: number, out: number, maxEjected: number, inUse: string][] = [
    [2, 1, 0.5, 'b'],
    [2, 2, 0.5, 'b'],
    [2, 1, 0.49, 'ab'],
    [3, 1, 0.5, 'bc'],
    [3, 2, 0.5, 'bc'],
    [3, 3, 0.5, 'bc'],
    [3, 3, 1, 'c'],
    [4, 2, 0.5, 'cd'],
    [4, 3, 0.5, 'cd'],
    [4, 4, 0, 'abcd'],
    [10, 10, 0.5, 'fghij'],
  ];
  for (const [count, out, maxEjected, inUse] of rows) {
    // The first of them are out, the first for the longest time.
    const until = Object.fromEntries(Array.from({ length: out }, (_, i) => [i, 9000 - i]));
    const backends = backendsOf(...Array.from({ length: count }, () => 1));
    const { weights, count: left } = weigh(backends, worldWith(until, { maxEjected }));
    const names = backends.filter((_, i) => weights[i]! > 0).map(({ name }) => name);
    assert.deepEqual(
      [names.join(''), left],
      [inUse, inUse.length],
      `${count} ${out} ${maxEjected}`,
    );
  }
});

test('a backend in use in spite of its failures has all of its weight', () => {
  const { weights } = weigh(backendsOf(7, 3), worldWith({ 0: 2000, 1: 3000 }));
  assert.deepEqual(weights, [7, 0]);
});

test('the session that may try a backend out is offered it first, and then the others', () => {
  let trials = 1;
  const tryOut = (slot: number) => slot === 2 && trials-- > 0;
  const health = { ...worldWith({ 1: 900, 2: 950 }).health, tryOut };
  const pool = createPool(backendsOf(1, 1, 1, 1), 'round-robin');
  assert.equal(allChoices(pool, worldOf({ health })), 'c a d b');
  assert.equal(allChoices(pool, worldOf({ health })), 'd a b c');
});

test('a backend that is back has its share of its weight, by every method', () => {
  const share = (slot: number) => (slot === 0 ? 0.25 : 1);
  const health = { ...ALL_HEALTHY, share };
  assert.deepEqual(weigh(backendsOf(8, 3), worldOf({ health })).weights, [2, 3]);
  const inTurn = createPool(backendsOf(4, 1), 'round-robin');
  assert.equal(firstChoices(inTurn, worldOf({ health }), 6), 'a b a b a b');
  let draw = 0;
  const random = () => (draw++ % 100) / 100;
  const drawn = firstChoices(
    createPool(backendsOf(4, 3), 'random'),
    worldOf({ health, random }),
    100,
  );
  assert.equal(drawn.split(' ').filter((name) => name === 'a').length, 25);
  // One more session than none is 4 to a quarter of its weight, and 3 to the other's.
  const busy = worldOf({ health, random: () => 0, activeSessions: (slot) => [0, 2][slot]! });
  assert.equal(firstChoices(createPool(backendsOf(1, 1), 'least-connections'), busy, 1), 'b');
});

test('a backend that has its sessions is not offered, nor is the only one', () => {
  const [a, b, c] = backendsOf(1, 1, 1) as [Backend, Backend, Backend];
  const activeSessions = (slot: number) => [4, 5, 6][slot]!;
  const world = worldOf({ activeSessions });
  const full = { ...b, max: 5 };
  assert.equal(choices([a, full, c], world), 'a c');
  assert.equal(choices([{ ...a, max: 5 }, full], world), 'a');
  assert.equal(choices([full], world), '');
  assert.equal(choices([{ ...b, max: 6 }], world), 'b');
  assert.equal(choices([full, { ...c, max: 1 }], world), '');
  assert.equal(
    choices([full, c], worldWith({ 2: 5000 }, { activeSessions })),
    '',
    'to wait is better',
  );
});
