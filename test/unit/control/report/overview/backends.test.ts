import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  busiestBackends,
  type BackendFacts,
} from '../../../../../src/control/report/overview/backends.ts';

const UNTIL = Date.parse('2026-11-23T15:04:35.000Z');

test('those out of use come first, then those with the most sessions', async () => {
  const facts = factsOf({ idle: 0, busy: 90, out: 5, trying: 7, slow: 40 });
  const states = { out: 'ejected', trying: 'recovering' } as const;
  const rows = await busiestBackends(
    {
      ...facts,
      state: (slot) => states[nameOf(facts, slot) as keyof typeof states] ?? 'healthy',
      share: (slot) => (nameOf(facts, slot) === 'slow' ? 0.3 : 1),
      ejection: (name) => (Object.hasOwn(states, name) ? { until: UNTIL, why: 'refused' } : null),
    },
    4,
  );
  const out = { cause: 'refused', until: '2026-11-23T15:04:35.000Z' };
  const used = { cause: null, until: null };
  assert.deepEqual(rows, [
    { address: 'trying', sessions: 7, state: 'recovering', ...out },
    { address: 'out', sessions: 5, state: 'ejected', ...out },
    { address: 'busy', sessions: 90, state: 'healthy', ...used },
    { address: 'slow', sessions: 40, state: 'slow-start', ...used },
  ]);
});

test('of very many the best are found, and others have their turn meanwhile', async () => {
  const count = 20_000;
  const numbers = Array.from({ length: count }, (_, i) => [`backend-${i}`, (i * 7919) % count]);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const rows = await busiestBackends(factsOf(Object.fromEntries(numbers)), 3);
  clearInterval(timer);
  assert.deepEqual(
    rows.map(({ sessions }) => sessions),
    [count - 1, count - 2, count - 3],
  );
  assert.ok(turns > 0);
});

/** Healthy backends with so many sessions. */
function factsOf(sessions: Readonly<Record<string, number>>): BackendFacts {
  const counts = Object.values(sessions);
  return {
    backends: () => Object.keys(sessions).map((name, slot) => [name, slot] as const),
    sessions: (slot) => counts[slot]!,
    state: () => 'healthy',
    share: () => 1,
    ejection: () => null,
  };
}

function nameOf(facts: BackendFacts, slot: number): string {
  return [...facts.backends()][slot]![0];
}
