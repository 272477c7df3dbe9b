/** Keys in the order of their last use, no more than the bound: whichever was not used for longest goes. */
export class Recent {
  readonly #max: number;
  readonly #keys = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** From the one unused for longest to the newest; uses meanwhile may repeat some. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.#keys.values();
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** It is used now. Gives the key that has to go for it, if one has to. */
  touch(key: string): string | null {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= this.#max) return null;
    const [oldest] = this.#keys;
    this.#keys.delete(oldest!);
    return oldest!;
  }

  delete(key: string): boolean {
    return this.#keys.delete(key);
  }

  clear(): void {
    this.#keys.clear();
  }
}
