/** Latencies kept per measurement; further ones are counted and not kept. */
const MAX_LATENCIES = 2_000_000;

/** What an exchange has come to since the last `clear`. */
export class Tally {
  done = 0;
  bytes = 0;
  /** Connections that ended otherwise than they should. */
  failed = 0;
  readonly #latencies = new Float64Array(MAX_LATENCIES);
  #kept = 0;

  clear(): void {
    this.done = 0;
    this.bytes = 0;
    this.failed = 0;
    this.#kept = 0;
  }

  /** Another one, and the milliseconds it took. */
  add(ms: number): void {
    this.done += 1;
    if (this.#kept < MAX_LATENCIES) this.#latencies[this.#kept++] = ms;
  }

  /** In microseconds; `NaN` where there was nothing. */
  percentile(share: number): number {
    const sorted = this.#latencies.subarray(0, this.#kept).sort();
    return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 1000;
  }
}
