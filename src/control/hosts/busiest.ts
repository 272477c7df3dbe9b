/**
 * The `limit` busiest of what is offered, in a heap with the least busy on top: nothing is made for each
 * of those that are offered.
 */
export class Busiest {
  readonly #limit: number;
  readonly #slots: number[] = [];
  readonly #busyness: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Who is as busy as this or less is not among them any more. */
  get least(): number {
    if (this.#limit === 0) return Infinity;
    return this.#slots.length < this.#limit ? -Infinity : this.#busyness[0]!;
  }

  offer(slot: number, busyness: number): void {
    if (busyness <= this.least) return;
    if (this.#slots.length < this.#limit) this.#rise(slot, busyness);
    else this.#sink(slot, busyness);
  }

  /** The busiest first, and the lower slot of those who are as busy as each other. */
  inOrder(): readonly number[] {
    const at = this.#slots.map((_, index) => index);
    const [slots, busyness] = [this.#slots, this.#busyness];
    at.sort((a, b) => busyness[b]! - busyness[a]! || slots[a]! - slots[b]!);
    return at.map((index) => slots[index]!);
  }

  #rise(slot: number, busyness: number): void {
    let at = this.#slots.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#busyness[parent]! <= busyness) break;
      this.#put(at, this.#slots[parent]!, this.#busyness[parent]!);
      at = parent;
    }
    this.#put(at, slot, busyness);
  }

  // In the place of the top, which goes.
  #sink(slot: number, busyness: number): void {
    const { length } = this.#slots;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && this.#busyness[child + 1]! < this.#busyness[child]!) child++;
      if (this.#busyness[child]! >= busyness) break;
      this.#put(at, this.#slots[child]!, this.#busyness[child]!);
      at = child;
    }
    this.#put(at, slot, busyness);
  }

  #put(at: number, slot: number, busyness: number): void {
    this.#slots[at] = slot;
    this.#busyness[at] = busyness;
  }
}
