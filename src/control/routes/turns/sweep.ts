/** Looked at before others have their turn: a few milliseconds. */
const ENTRIES_AT_ONCE = 200;

/** Looks at very many things a few at a time: a million take seconds. They may change meanwhile. */
export class Sweep<T> {
  readonly #look: (entry: T) => void;
  #next: NodeJS.Immediate | null = null;

  constructor(look: (entry: T) => void) {
    this.#look = look;
  }

  /** Look at all of these, and no more at those of before. */
  start(entries: Iterator<T, unknown, undefined>): void {
    this.stop();
    for (let i = 0; i < ENTRIES_AT_ONCE; i++) {
      const next = entries.next();
      if (next.done === true) return;
      this.#look(next.value);
    }
    this.#next = setImmediate(() => this.start(entries));
  }

  stop(): void {
    if (this.#next !== null) clearImmediate(this.#next);
    this.#next = null;
  }
}
