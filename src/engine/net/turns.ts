import { performance } from 'node:perf_hooks';
import type { TurnWaits } from '../turn-waits.ts';

/** Measure every turn of this thread's libuv loop. It neither keeps the thread alive nor wakes it. */
export function measureTurns(waits: TurnWaits): void {
  let at = performance.now();
  let idle = performance.nodeTiming.idleTime;
  const turn = () => {
    // Not referenced, it is called after each poll, and libuv sleeps all the same.
    setImmediate(turn).unref();
    const now = performance.now();
    const slept = performance.nodeTiming.idleTime;
    waits.worked(Math.max(0, now - at - (slept - idle)));
    at = now;
    idle = slept;
  };
  setImmediate(turn).unref();
}
