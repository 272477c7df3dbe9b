import type { Libc } from './libc.ts';

/** Bytes outside the JavaScript heap, at an address that libc can be given. */
export class Memory {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly address: number;

  /** `size` must be a multiple of four. */
  constructor(libc: Libc, size: number) {
    const memory = new ArrayBuffer(size);
    this.bytes = Buffer.from(memory);
    this.words = new Int32Array(memory);
    this.address = libc.address(this.bytes);
  }
}
