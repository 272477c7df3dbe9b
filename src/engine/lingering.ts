/**
 * Refused clients that are given a moment at once, of one worker: each is a descriptor that no limit on
 * sessions counts, and that its client may hold for as long as it is let.
 */
export const MAX_LINGERING = 64;

/** Who is given a moment, until it is cut short. */
export interface Lingerer {
  /** Close at once. */
  expire(): void;
}

/** Those of one worker. With more than may be, the one that has had the longest moment is closed. */
export class Lingering {
  readonly #all = new Set<Lingerer>();

  add(one: Lingerer): void {
    this.#all.add(one);
    if (this.#all.size <= MAX_LINGERING) return;
    const [oldest] = this.#all;
    this.#all.delete(oldest!);
    oldest!.expire();
  }

  delete(one: Lingerer): void {
    this.#all.delete(one);
  }
}
