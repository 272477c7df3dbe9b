import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

// Each look wakes the thread: an idle edge should sleep.
const RESOLUTION_MS = 50;

/** How late this thread's event loop was lately. Two monitors take turns, so that one always knows a while. */
export class RecentLag implements Disposable {
  #older = watch();
  #newer = watch();

  /** `null` until something was measured. */
  get p99Ms(): number | null {
    if (this.#older.count === 0) return null;
    // It has the time between two looks, not how late the second was.
    return Math.max(0, Math.round(this.#older.percentile(99) / 1e4) / 100 - RESOLUTION_MS);
  }

  /** Forget the older half of what is known. */
  turn(): void {
    [this.#older, this.#newer] = [this.#newer, this.#older];
    this.#newer.reset();
  }

  [Symbol.dispose](): void {
    this.#older.disable();
    this.#newer.disable();
  }
}

function watch(): IntervalHistogram {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  return monitor;
}
