import { parentPort, workerData } from 'node:worker_threads';
import { BackendState, type BackendStateBuffers } from '../../../src/worker/backend-state.ts';

/** What a worker that races others for a limit is started with. */
export interface Race {
  readonly buffers: BackendStateBuffers;
  readonly worker: number;
  readonly slot: number;
  readonly limit: number;
}

const { buffers, worker, slot, limit } = workerData as Race;
const state = new BackendState(buffers, worker);
let taken = 0;

// More than half the limit each, with room given back all the time; whoever is last takes what is left.
for (let i = 0; i < limit; i++) {
  take();
  if (i % 3 === 0) giveBack();
}
while (take());
parentPort!.postMessage(taken);

function take(): boolean {
  const took = state.takeBelow(slot, limit);
  if (took) taken++;
  return took;
}

function giveBack(): void {
  if (taken === 0) return;
  state.release(slot);
  taken--;
}
