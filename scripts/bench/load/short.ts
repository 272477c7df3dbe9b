import { EPOLLRDHUP } from '../../../src/engine/epoll/system/linux.ts';
import type { Hellos } from './hellos.ts';
import type { Tally } from './tally.ts';
import { MAX_DESCRIPTORS, type Exchange, type Wire } from './wire.ts';

const REPLY_BYTES = 300;

/** A hello in, 300 bytes back, end; then the next connection, so that there are always as many. */
export class ShortConnections implements Exchange {
  readonly #wire: Wire;
  readonly #hellos: Hellos;
  readonly #tally: Tally;
  readonly #port: number;
  readonly #startedAt = new Float64Array(MAX_DESCRIPTORS);
  /** What has come back, and -1 before the hello has gone. */
  readonly #received = new Int32Array(MAX_DESCRIPTORS);

  constructor(load: { wire: Wire; hellos: Hellos; tally: Tally }, port: number, atOnce: number) {
    this.#wire = load.wire;
    this.#hellos = load.hellos;
    this.#tally = load.tally;
    this.#port = port;
    for (let left = atOnce; left > 0; left--) this.#dial();
  }

  client(fd: number, events: number): void {
    if (this.#received[fd] === -1) {
      this.#received[fd] = 0;
      if (!this.#hellos.send(fd)) this.#next(fd, false);
      return;
    }
    const count = this.#wire.receive(fd);
    if (count > 0) this.#received[fd]! += count;
    if (count < 0) this.#next(fd, false);
    // A short read took all there was, and there will be no more.
    else if (count === 0 || (events & EPOLLRDHUP) !== 0) {
      this.#next(fd, this.#received[fd] === REPLY_BYTES);
    }
  }

  backend(fd: number): void {
    if (this.#wire.receive(fd) > 0) this.#wire.send(fd, this.#wire.scratch, REPLY_BYTES);
    this.#wire.close(fd);
  }

  #dial(): void {
    const startedAt = performance.now();
    const fd = this.#wire.dial(this.#port);
    this.#startedAt[fd] = startedAt;
    this.#received[fd] = -1;
  }

  #next(fd: number, isRight: boolean): void {
    this.#wire.close(fd);
    if (isRight) this.#tally.add(performance.now() - this.#startedAt[fd]!);
    else this.#tally.failed += 1;
    this.#dial();
  }
}
