/** Names that wait to be called for. Those left out are brought again while somebody waits. */
const MAX_WAITING = 10_000;

/** Names that are to be called for, by route: routes take turns, and within one the first comes first. */
export class WaitingNames {
  /** By pattern; whose turn is next in front. */
  readonly #lines = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A route may have as many as there is room left: it fills half of it alone, and others have theirs. */
  add(name: string, pattern: string): void {
    const line = this.#lines.get(pattern) ?? new Set();
    if (line.has(name) || line.size >= MAX_WAITING - this.#size) return;
    line.add(name);
    this.#lines.set(pattern, line);
    this.#size++;
  }

  /** Take the next one out. */
  next(): string | null {
    for (const [pattern, line] of this.#lines) {
      const [name] = line;
      line.delete(name!);
      this.#size--;
      this.#lines.delete(pattern);
      if (line.size > 0) this.#lines.set(pattern, line);
      return name!;
    }
    return null;
  }
}
