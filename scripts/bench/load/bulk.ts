import { EPOLLERR, EPOLLOUT } from '../../../src/engine/epoll/system/linux.ts';
import type { Hellos } from './hellos.ts';
import type { Tally } from './tally.ts';
import { MAX_DESCRIPTORS, MSG_TRUNC, SCRATCH_BYTES, type Exchange, type Wire } from './wire.ts';

/** Taken at a time; they are counted and thrown away where they lie. */
const RECEIVE_BYTES = 1_048_576;

/** A hello, and then as many bytes back as will go. */
export class Bulk implements Exchange {
  readonly #wire: Wire;
  readonly #hellos: Hellos;
  readonly #tally: Tally;
  readonly #greeted = new Uint8Array(MAX_DESCRIPTORS);

  constructor(load: { wire: Wire; hellos: Hellos; tally: Tally }, port: number, streams: number) {
    this.#wire = load.wire;
    this.#hellos = load.hellos;
    this.#tally = load.tally;
    for (let left = streams; left > 0; left--) this.#greeted[load.wire.dial(port)] = 0;
  }

  client(fd: number, events: number): void {
    if (this.#greeted[fd] === 0) {
      this.#greeted[fd] = 1;
      if (!this.#hellos.send(fd)) this.#fail(fd);
      return;
    }
    let count = 0;
    do {
      count = this.#wire.receive(fd, RECEIVE_BYTES, MSG_TRUNC);
      if (count > 0) this.#tally.bytes += count;
    } while (count === RECEIVE_BYTES);
    if (count === 0 || (events & EPOLLERR) !== 0) this.#fail(fd);
  }

  backend(fd: number, events: number): void {
    if ((events & EPOLLOUT) !== 0) {
      if (this.#wire.send(fd, this.#wire.scratch, SCRATCH_BYTES) === -1) this.#wire.close(fd);
    } else if (this.#wire.receive(fd) > 0) this.#wire.watchOutput(fd);
    else this.#wire.close(fd);
  }

  #fail(fd: number): void {
    this.#tally.failed += 1;
    this.#wire.close(fd);
  }
}
