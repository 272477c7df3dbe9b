import type { Hellos } from './hellos.ts';
import type { Tally } from './tally.ts';
import { MAX_DESCRIPTORS, type Exchange, type Wire } from './wire.ts';

const MESSAGE_BYTES = 200;

/** A hello, and then messages of 200 bytes, each sent back before the next one goes. */
export class Chatter implements Exchange {
  readonly #wire: Wire;
  readonly #hellos: Hellos;
  readonly #tally: Tally;
  readonly #sentAt = new Float64Array(MAX_DESCRIPTORS);

  constructor(load: { wire: Wire; hellos: Hellos; tally: Tally }, port: number, sessions: number) {
    this.#wire = load.wire;
    this.#hellos = load.hellos;
    this.#tally = load.tally;
    for (let left = sessions; left > 0; left--) this.#sentAt[load.wire.dial(port)] = 0;
  }

  client(fd: number): void {
    const now = performance.now();
    if (this.#sentAt[fd] === 0) {
      if (!this.#hellos.send(fd)) this.#fail(fd);
    } else if (this.#wire.receive(fd) === MESSAGE_BYTES) {
      this.#tally.add(now - this.#sentAt[fd]!);
      if (this.#wire.send(fd, this.#wire.scratch, MESSAGE_BYTES) !== MESSAGE_BYTES) this.#fail(fd);
    } else this.#fail(fd);
    this.#sentAt[fd] = now;
  }

  backend(fd: number): void {
    if (this.#wire.receive(fd) <= 0) this.#wire.close(fd);
    else this.#wire.send(fd, this.#wire.scratch, MESSAGE_BYTES);
  }

  #fail(fd: number): void {
    this.#tally.failed += 1;
    this.#wire.close(fd);
  }
}
