import { existsSync, writeFileSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

// Preloaded into every thread of sluice by `node --import`, so that faults can be injected without sluice
// knowing of it. In the folder FAULTS, worker 0 dies while there is a file `die-0`, and stands still while
// there is a file `stall-0`, which it answers with a file `stalled-0`.
const faults = process.env['FAULTS'];
const POLL_MS = 5;

if (!isMainThread && faults !== undefined) {
  const { worker } = workerData as { worker: number };
  const has = (fault: string) => existsSync(`${faults}/${fault}-${worker}`);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => {
    if (has('die')) throw new Error('an injected fault');
    if (has('stall')) writeFileSync(`${faults}/stalled-${worker}`, '');
    while (has('stall')) Atomics.wait(sleeper, 0, 0, POLL_MS);
  }, POLL_MS);
}
