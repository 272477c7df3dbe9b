import type { Libc } from './libc.ts';
import { Memory } from './memory.ts';

/**
 * Memory that many first reads share, one behind the other, so that none has to be copied out of the
 * way of the next. It lives as long as any of them is kept.
 */
export class Slab {
  readonly #libc: Libc;
  readonly #size: number;
  readonly #room: number;
  #memory: Memory;
  #used = 0;

  /** Of `size` bytes, with `room` bytes for each read. */
  constructor(libc: Libc, size: number, room: number) {
    this.#libc = libc;
    this.#size = size;
    this.#room = room;
    this.#memory = new Memory(libc, size);
  }

  /** Where the next read may put as much as there is room for. */
  get address(): number {
    return this.#memory.address + this.#used;
  }

  /** Keep the first `count` bytes at `address`. */
  keep(count: number): Buffer {
    const kept = this.#memory.bytes.subarray(this.#used, this.#used + count);
    this.#used += count;
    if (this.#used + this.#room > this.#size) {
      this.#memory = new Memory(this.#libc, this.#size);
      this.#used = 0;
    }
    return kept;
  }
}
