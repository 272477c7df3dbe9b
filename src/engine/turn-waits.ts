/** Upper bounds of what is told apart, in seconds. */
export const WAIT_BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

/** One a bound, one beyond the last, and the sum in seconds. */
export const WAIT_CELLS = WAIT_BOUNDS.length + 2;

/**
 * How long a thread's loop worked in each of its turns before it looked for new events: the longest that an
 * event which was ready by then had to wait for its turn. A histogram in shared memory with one writer.
 */
export class TurnWaits {
  readonly #cells: Float64Array;

  /** Of `WAIT_CELLS` cells. */
  constructor(cells: Float64Array = new Float64Array(WAIT_CELLS)) {
    this.#cells = cells;
  }

  worked(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (bucket < WAIT_BOUNDS.length && seconds > WAIT_BOUNDS[bucket]!) bucket++;
    this.#cells[bucket]! += 1;
    this.#cells[WAIT_CELLS - 1]! += seconds;
  }
}
