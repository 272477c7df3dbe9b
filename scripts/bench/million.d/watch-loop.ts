import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the sluice that is measured (`--import`): says in the file $BENCH_WATCH how long its main
 * thread was held up at most since the last SIGUSR2, and how large its heap is.
 */

const EVERY_MS = 100;
const file = process.env['BENCH_WATCH'];

if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => delay.reset());
  const say = () => {
    const held = { maxMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 };
    // Renamed, so that nobody reads the half of it.
    writeFileSync(`${file}.new`, JSON.stringify({ ...held, heap: process.memoryUsage().heapUsed }));
    renameSync(`${file}.new`, file);
  };
  setInterval(say, EVERY_MS).unref();
}
