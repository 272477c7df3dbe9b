/** Probes of one route at once: one whose backends all hang takes no more from the others. */
const MAX_OF_ROUTE = 8;
/** Probes at once of backends that failed theirs before: half of the room is for news. */
const MAX_FAILING = 32;

/** Whose turn it may be to be probed, so that nobody's dead backends keep others from proving theirs. */
export class ProbeShares {
  readonly #running = new Map<string, number>();
  #failing = 0;

  /**
   * Begin a probe of a backend that these routes have, by pattern, on account of the one that has the
   * fewest now. What ends it; `null` where it would be one too many.
   */
  begin(patterns: readonly string[], isFailing: boolean): (() => void) | null {
    if (isFailing && this.#failing >= MAX_FAILING) return null;
    const [first, ...others] = patterns;
    const pattern = others.reduce((a, b) => (this.#of(b) < this.#of(a) ? b : a), first!);
    if (this.#of(pattern) >= MAX_OF_ROUTE) return null;
    const more = isFailing ? 1 : 0;
    this.#add(pattern, 1);
    this.#failing += more;
    return () => {
      this.#add(pattern, -1);
      this.#failing -= more;
    };
  }

  #of(pattern: string): number {
    return this.#running.get(pattern) ?? 0;
  }

  #add(pattern: string, more: number): void {
    const running = this.#of(pattern) + more;
    if (running === 0) this.#running.delete(pattern);
    else this.#running.set(pattern, running);
  }
}
