/** Steps of a long piece of work that are done at once: less than anybody would notice. */
const AT_ONCE = 5000;
/** Done before others have their turn: a few milliseconds. */
const IN_A_STRETCH = 1000;

/** One piece of work in many small steps: a short one at once, a long one a stretch at a time. */
export class Stretches {
  #next: NodeJS.Immediate | null = null;

  /** Do this, and no more of what was begun before. `done` follows unless it is stopped. */
  run(steps: Iterator<void, void>, done: () => void): void {
    this.stop();
    this.#go(steps, AT_ONCE, done);
  }

  stop(): void {
    if (this.#next !== null) clearImmediate(this.#next);
    this.#next = null;
  }

  #go(steps: Iterator<void, void>, count: number, done: () => void): void {
    for (let i = 0; i < count; i++) if (steps.next().done === true) return done();
    this.#next = setImmediate(() => this.#go(steps, IN_A_STRETCH, done));
  }
}
