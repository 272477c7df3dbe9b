import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidates, createPool } from '../../../src/balance/pool.ts';
import { allChoices, backendsOf, CLIENT, contextOf, firstChoices } from './backends.ts';

const SEQUENCES: readonly { weights: readonly number[]; sessions: string }[] = [
  { weights: [1, 1], sessions: 'a b a b a b' },
  { weights: [1, 1, 1], sessions: 'a b c a b c' },
  { weights: [5, 1, 1], sessions: 'a a b a c a a a a b a c a a' },
  { weights: [3, 1], sessions: 'a a b a a a b a' },
  { weights: [2, 1, 1], sessions: 'a b c a a b c a' },
  { weights: [1000, 1], sessions: 'a a a a' },
];

test('backends take turns by weight, the heavy ones spread out', () => {
  for (const { weights, sessions } of SEQUENCES) {
    const pool = createPool(backendsOf(...weights), 'round-robin');
    assert.equal(firstChoices(pool, contextOf(), sessions.split(' ').length), sessions);
  }
});

test('every route has its own turn', () => {
  const [one, two] = [backendsOf(1, 1), backendsOf(1, 1)].map((backends) =>
    createPool(backends, 'round-robin'),
  );
  assert.equal(firstChoices(one!, contextOf(), 1), 'a');
  assert.equal(firstChoices(two!, contextOf(), 2), 'a b');
  assert.equal(firstChoices(one!, contextOf(), 2), 'b a');
});

test('the sessions of a dead backend spread over the others', () => {
  const pool = createPool(backendsOf(1, 1, 1), 'round-robin');
  const served = Array.from({ length: 9 }, () => {
    const offered = candidates(pool, contextOf(), CLIENT);
    const first = offered.next()!.name;
    return first === 'a' ? `a>${offered.next()!.name}` : first;
  });
  assert.equal(served.join(' '), 'a>b c b c a>b c b a>c b');
  const count = (name: string) => served.filter((way) => way.endsWith(name)).length;
  assert.deepEqual([count('b'), count('c')], [5, 4]);
});

test('one session is offered the others in the order of their turns', () => {
  const pool = createPool(backendsOf(1, 3, 1), 'round-robin');
  assert.equal(allChoices(pool, contextOf()), 'b a c');
});
