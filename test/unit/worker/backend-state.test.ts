import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  activeSessions,
  BackendState,
  createBackendStateBuffers,
  reclaimShare,
} from '../../../src/worker/backend-state.ts';
import type { Race } from './racer.ts';

const SLOT = 3;
const RACER = new URL('racer.js', import.meta.url);

test('a limit counts the sessions of all workers, and room is there again at once', () => {
  const buffers = createBackendStateBuffers(2);
  const [one, two] = [new BackendState(buffers, 0), new BackendState(buffers, 1)];
  assert.deepEqual(
    [one.takeBelow(SLOT, 2), two.takeBelow(SLOT, 2), one.takeBelow(SLOT, 2)],
    [true, true, false],
  );
  assert.equal(activeSessions(buffers, SLOT), 2, 'who was refused is not counted');
  two.release(SLOT);
  assert.deepEqual([one.takeBelow(SLOT, 2), two.takeBelow(SLOT, 2)], [true, false]);
  assert.equal(two.takeBelow(SLOT, 3), true, 'a higher limit counts at once');
  assert.equal(two.takeBelow(SLOT, 1), false, 'and so does a lower one');
});

test('what a worker held is free again when it has died', () => {
  const buffers = createBackendStateBuffers(2);
  const [dead, alive] = [new BackendState(buffers, 0), new BackendState(buffers, 1)];
  for (const state of [dead, dead, alive, dead]) state.takeBelow(SLOT, 3);
  reclaimShare(buffers, 0);
  assert.equal(activeSessions(buffers, SLOT), 1);
});

test('workers that race for a limit never go beyond it, and never stop short of it', async () => {
  const buffers = createBackendStateBuffers(2);
  const limit = 20_000;
  const racers = [0, 1].map((worker) => {
    const race: Race = { buffers, worker, slot: SLOT, limit };
    return new Worker(RACER, { workerData: race });
  });
  const taken = await Promise.all(racers.map(async (racer) => once(racer, 'message')));
  assert.equal(Number(taken[0]) + Number(taken[1]), limit);
  assert.equal(activeSessions(buffers, SLOT), limit);
});
