import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeFacts } from '../../../../src/control/runtime/runtime-health.ts';
import { runtimeNotes } from '../../../../src/control/runtime/runtime-notes.ts';

const FACTS: RuntimeFacts = {
  lagP99Ms: 1,
  rssBytes: 1,
  heapBytes: 1,
  openDescriptors: 100,
  maxDescriptors: 1000,
  queued: 0,
  workers: [{ waitP99Ms: null }, { waitP99Ms: 2 }],
};

test('where the process does well there is nothing to say of it', () => {
  assert.deepEqual(runtimeNotes(FACTS, { dropped: 0, isFailing: false }), []);
  const unknown = { lagP99Ms: null, openDescriptors: null, maxDescriptors: null };
  assert.deepEqual(runtimeNotes({ ...FACTS, ...unknown }, null), []);
});

test('each trouble is told in words', () => {
  const troubles: [Partial<RuntimeFacts>, string][] = [
    [{ queued: 1 }, '1 session waiting for a backend'],
    [{ queued: 2 }, '2 sessions waiting for a backend'],
    [
      { workers: [{ waitP99Ms: 1 }, { waitP99Ms: 120.4 }] },
      'worker 1 is busy: sessions wait up to 120 ms for their turn',
    ],
    [{ lagP99Ms: 180 }, 'the control plane is busy: look-ups wait up to 180 ms'],
    [
      { openDescriptors: 900 },
      '900 of 1000 descriptors are open: raise the limit (LimitNOFILE, ulimit -n)',
    ],
  ];
  for (const [facts, note] of troubles)
    assert.deepEqual(runtimeNotes({ ...FACTS, ...facts }, null), [note]);
  const lost = (isFailing: boolean) => runtimeNotes(FACTS, { dropped: 7, isFailing });
  assert.deepEqual(lost(false), ['7 access lines lost since the start']);
  assert.deepEqual(lost(true), [
    'the access log cannot be written: 7 access lines lost since the start',
  ]);
});
