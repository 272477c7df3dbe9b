/** More changed patterns than this at once, and the workers forget everything instead. */
const MAX_INVALIDATED = 1000;

/** Patterns that changed, which the workers have not been told yet: what changes in one go is one message. */
export class Untold {
  readonly #tell: (patterns: readonly string[] | null) => void;
  readonly #patterns = new Set<string>();

  /** `tell` is given what is to be forgotten; `null` is everything. */
  constructor(tell: (patterns: readonly string[] | null) => void) {
    this.#tell = tell;
  }

  /** To be told at the end of this turn, if not before. */
  add(patterns: readonly string[]): void {
    if (this.#patterns.size === 0 && patterns.length > 0) queueMicrotask(() => this.flush());
    // So many are told as all.
    for (const pattern of patterns) {
      if (this.#patterns.size > MAX_INVALIDATED) return;
      this.#patterns.add(pattern);
    }
  }

  /** Tell now. */
  flush(): void {
    if (this.#patterns.size === 0) return;
    const patterns = this.#patterns.size > MAX_INVALIDATED ? null : [...this.#patterns];
    this.#patterns.clear();
    this.#tell(patterns);
  }
}
