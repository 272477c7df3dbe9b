import { setImmediate as nextTurn } from 'node:timers/promises';

// The main thread answers workers and Redis: no stretch of work may be much longer than this.
const STRETCH_MS = 3;

/** Long work in short stretches: between two of them everything else of the thread has its turn. */
export class Pace {
  #since = performance.now();

  /** Whether it is time for `rest`. */
  get due(): boolean {
    return performance.now() - this.#since > STRETCH_MS;
  }

  async rest(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
