/**
 * Reads big-endian fields of `bytes` from `at` up to `end`, and never outside.
 *
 * A field that runs past `end` reads as 0, moves to `end` and sets `overrun` for good: read several
 * fields, then check once.
 */
export class Cursor {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
  overrun = false;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.#take(1) ? this.bytes[this.at - 1]! : 0;
  }

  u16(): number {
    return this.#take(2) ? (this.bytes[this.at - 2]! << 8) | this.bytes[this.at - 1]! : 0;
  }

  /** Read a length of two bytes; whether all that is left is just as long. */
  fills16(): boolean {
    return this.left >= 2 && this.u16() === this.left;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Skip `bytes` if they come next; whether they did. */
  skipIfEqual(bytes: Uint8Array): boolean {
    if (bytes.length > this.left) return false;
    for (let i = 0; i < bytes.length; i++) if (this.bytes[this.at + i] !== bytes[i]) return false;
    this.at += bytes.length;
    return true;
  }

  /** The next `count` bytes, one character each: nothing is folded or replaced. */
  latin1(count: number): string {
    return this.#take(count) ? this.bytes.toString('latin1', this.at - count, this.at) : '';
  }

  #take(count: number): boolean {
    if (count <= this.end - this.at) {
      this.at += count;
      return true;
    }
    this.at = this.end;
    this.overrun = true;
    return false;
  }
}
