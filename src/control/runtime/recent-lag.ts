import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

// Each look wakes the thread: an idle edge should sleep.
const RESOLUTION_MS = 50;

/** How late this thread's event loop was lately. Two monitors take turns, so that one always knows a while. */
export class RecentLag implements Disposable {
  #older = watch();
  #newer = watch();
  #isOlderOver = false;

  /** `null` until something was measured. */
  get p99Ms(): number | null {
    const known = this.#isOlderOver && this.#newer.count > 0 ? this.#newer : this.#older;
    if (known.count === 0) return null;
    // It has the time between two looks, not how late the second was.
    return Math.max(0, Math.round(known.percentile(99) / 1e4) / 100 - RESOLUTION_MS);
  }

  /** Forget the older half of what is known. */
  turn(): void {
    [this.#older, this.#newer] = [this.#newer, this.#older];
    this.#newer.reset();
    this.#isOlderOver = false;
  }

  /** Forget all that is known, as soon as something newer is. */
  forget(): void {
    this.#newer.reset();
    this.#isOlderOver = true;
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
