const FIRST_MS = 50;
const LONGEST_MS = 1000;

/** How long to wait before the next try: 50 ms, doubled up to 1 s, less up to half of it by chance. */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#tries++, 10));
    return longest * (1 - this.#random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}
