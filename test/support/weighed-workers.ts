import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Preloaded into every thread of sluice by `node --import`. A file `weigh` in the folder WEIGH_IN is answered
// by the worker with a file `weight`: the bytes of its heap that are in use, after everything has been collected.
const folder = process.env['WEIGH_IN'];
const POLL_MS = 10;

if (!isMainThread && folder !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(() => {
    if (!existsSync(`${folder}/weigh`)) return;
    rmSync(`${folder}/weigh`);
    // What a first collection finalizes, a second one frees.
    collect();
    collect();
    writeFileSync(`${folder}/weight.new`, String(getHeapStatistics().used_heap_size));
    renameSync(`${folder}/weight.new`, `${folder}/weight`);
  }, POLL_MS);
}
