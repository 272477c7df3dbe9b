import type { Hellos } from './hellos.ts';
import type { Tally } from './tally.ts';
import { MAX_DESCRIPTORS, type Exchange, type Wire } from './wire.ts';

const REPLY_BYTES = 200;

/** Sessions that had their hello and a reply, and then rest. A few are opened at a time. */
export class IdleSessions implements Exchange {
  readonly #wire: Wire;
  readonly #hellos: Hellos;
  readonly #tally: Tally;
  readonly #port: number;
  readonly #greeted = new Uint8Array(MAX_DESCRIPTORS);
  #left: number;

  constructor(
    load: { wire: Wire; hellos: Hellos; tally: Tally },
    port: number,
    { sessions, atOnce }: { sessions: number; atOnce: number },
  ) {
    this.#wire = load.wire;
    this.#hellos = load.hellos;
    this.#tally = load.tally;
    this.#port = port;
    this.#left = sessions;
    for (let next = atOnce; next > 0; next--) this.#dial();
  }

  client(fd: number): void {
    const sent = this.#greeted[fd] === 0;
    this.#greeted[fd] = 1;
    const went = sent ? this.#hellos.send(fd) : this.#wire.receive(fd) === REPLY_BYTES;
    if (!went) this.#tally.failed += 1;
    if (sent && went) return;
    this.#tally.add(0);
    this.#dial();
  }

  backend(fd: number): void {
    if (this.#wire.receive(fd) <= 0) this.#wire.close(fd);
    else this.#wire.send(fd, this.#wire.scratch, REPLY_BYTES);
  }

  #dial(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    this.#greeted[this.#wire.dial(this.#port)] = 0;
  }
}
