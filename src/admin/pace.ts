const WINDOW_MS = 100;

/** Whoever waits: it leaves when it is closed. A response, as a rule. */
export interface Waiter {
  readonly destroyed: boolean;
  once(event: 'close', on: () => void): unknown;
}

/**
 * Lets so many pass in a tenth of a second; the others wait for the next, in order, and so many of them at
 * most. Who is gone takes no place.
 */
export class Pace {
  readonly #most: number;
  readonly #maxWaiting: number;
  readonly #later: (then: () => void) => void;
  readonly #waiting = new Map<Waiter, () => void>();
  #left: number;
  #isCounting = false;

  /** `later` calls when the tenth of a second is over. */
  constructor(most: number, maxWaiting: number, later = afterWindow) {
    this.#most = most;
    this.#maxWaiting = maxWaiting;
    this.#later = later;
    this.#left = most;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Call when it is this one's turn: now, or later. `false`, and never, when too many wait. */
  pass(waiter: Waiter, then: () => void): boolean {
    this.#count();
    if (this.#left === 0) return this.#wait(waiter, then);
    this.#left -= 1;
    then();
    return true;
  }

  #count(): void {
    if (!this.#isCounting) this.#later(() => this.#renew());
    this.#isCounting = true;
  }

  #wait(waiter: Waiter, then: () => void): boolean {
    if (this.#waiting.size >= this.#maxWaiting) return false;
    this.#waiting.set(waiter, then);
    waiter.once('close', () => this.#waiting.delete(waiter));
    return true;
  }

  #renew(): void {
    this.#isCounting = false;
    this.#left = this.#most;
    for (const [waiter, then] of this.#waiting) {
      if (this.#left === 0) break;
      this.#waiting.delete(waiter);
      if (!waiter.destroyed) this.pass(waiter, then);
    }
  }
}

function afterWindow(then: () => void): void {
  setTimeout(then, WINDOW_MS).unref();
}
