/** There are too many before this one. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** A lane rests as long as its last job took, but no longer: most of a long one was waiting. */
const MAX_REST_MS = 250;

/**
 * Runs jobs, so many at once and the rest in order. After each its lane rests as long, so that whoever
 * asks without a pause has half of the thread at most. Rejects with `Overloaded` when too many wait.
 */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(lanes: number, maxWaiting: number) {
    this.#free = lanes;
    this.#maxWaiting = maxWaiting;
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.length >= this.#maxWaiting) throw new Overloaded();
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    const began = performance.now();
    try {
      return await job();
    } finally {
      const rest = Math.min(performance.now() - began, MAX_REST_MS);
      // Not shorter than a millisecond: timers cannot be.
      if (rest < 1) this.#pass();
      else setTimeout(() => this.#pass(), rest).unref();
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
