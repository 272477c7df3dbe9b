const WINDOW_MS = 100;

/** Lets so many pass in a tenth of a second; the others wait for the next, in order. */
export class Pace {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #isCounting = false;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Call when it is this one's turn: now, or later. */
  pass(then: () => void): void {
    if (!this.#isCounting) setTimeout(() => this.#renew(), WINDOW_MS).unref();
    this.#isCounting = true;
    if (this.#left === 0) return void this.#waiting.push(then);
    this.#left -= 1;
    then();
  }

  #renew(): void {
    this.#isCounting = false;
    this.#left = this.#most;
    for (const then of this.#waiting.splice(0, this.#most)) this.pass(then);
  }
}
