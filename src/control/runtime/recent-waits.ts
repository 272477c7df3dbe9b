import { WAIT_BOUNDS } from '../../engine/turn-waits.ts';
import { quantile } from '../report/overview/quantile.ts';

/** How long events of one worker waited lately, from the cells that it counts in. */
export class RecentWaits {
  readonly #cells: Float64Array;
  /** As the cells were when what is known begins, and half a while later. */
  #since: Float64Array;
  #between: Float64Array;

  constructor(cells: Float64Array) {
    this.#cells = cells;
    this.#since = cells.slice();
    this.#between = this.#since;
  }

  /** `null` where it has not turned. */
  get p99Ms(): number | null {
    const counts = WAIT_BOUNDS.map((_, bucket) => this.#count(bucket));
    const seconds = quantile(0.99, WAIT_BOUNDS, [...counts, this.#count(WAIT_BOUNDS.length)]);
    return seconds === null ? null : Math.round(seconds * 1e5) / 100;
  }

  /** Forget the older half of what is known. */
  turn(): void {
    this.#since = this.#between;
    this.#between = this.#cells.slice();
  }

  #count(bucket: number): number {
    return this.#cells[bucket]! - this.#since[bucket]!;
  }
}
