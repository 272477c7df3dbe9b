const NOTHING = Buffer.alloc(0);

/** Smallest memory taken once a second chunk comes: most heads that need one fit. */
const MIN_STORE_BYTES = 4096;

/**
 * Bytes that came in and wait to be passed on. The first chunk is kept as it came; more are gathered
 * in memory that doubles, so that a drip of single bytes is not copied over and over.
 */
export class Held {
  /** What is held. Views handed out earlier stay valid. */
  bytes: Buffer = NOTHING;
  #store: Buffer = NOTHING;
  #used = 0;

  append(chunk: Buffer): void {
    if (this.bytes.length === 0) {
      this.bytes = chunk;
      this.#store = NOTHING;
      this.#used = 0;
      return;
    }
    const length = this.bytes.length + chunk.length;
    if (this.#used === 0 || this.#used + chunk.length > this.#store.length) this.#move(length);
    this.#used += chunk.copy(this.#store, this.#used);
    this.bytes = this.#store.subarray(this.#used - length, this.#used);
  }

  /** Drop the first `count` bytes. */
  consume(count: number): void {
    this.bytes = this.bytes.subarray(count);
  }

  /** Hand over everything and keep nothing. */
  take(): Buffer {
    const { bytes } = this;
    this.bytes = NOTHING;
    this.#store = NOTHING;
    return bytes;
  }

  #move(length: number): void {
    this.#store = Buffer.allocUnsafeSlow(Math.max(MIN_STORE_BYTES, 2 * length));
    this.#used = this.bytes.copy(this.#store);
  }
}
