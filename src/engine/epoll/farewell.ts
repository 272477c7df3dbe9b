import { OwnedDeadline } from './loop/deadlines.ts';
import type { Socket, Waiter } from './socket.ts';

/**
 * How long, and up to how many bytes, a refused client's input is discarded before the close, unless
 * `MAX_LINGERING` others come after it:
 * closing on unread input sends a RST, which can overtake the reply.
 */
const LINGER_MS = 1_000;
const LINGER_BYTES = 1_048_576;
const DISCARD_BYTES = 16_384;

/** The end of a refused client: a reply, a FIN, and a moment to let them arrive. */
export class Farewell implements Waiter {
  readonly #socket: Socket;
  readonly #deadline = new OwnedDeadline(this);
  #left = LINGER_BYTES;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A reply longer than the socket takes at once is cut. */
  say(reply: Uint8Array): void {
    const socket = this.#socket;
    const { loop, lingering } = socket.context;
    socket.waiter?.closed(socket);
    // A relay that is told so has closed both its sockets.
    if (socket.fd === -1) return;
    socket.waiter = this;
    if (reply.length > 0) socket.writeBytes(reply, 0);
    socket.endOutput();
    socket.watchInput();
    loop.deadlines.set(this.#deadline, loop.now + LINGER_MS);
    lingering.add(this);
  }

  ready(): void {
    const socket = this.#socket;
    while (socket.readable && this.#left > 0) {
      const count = socket.read(socket.context.scratch.address, DISCARD_BYTES);
      if (count > 0) this.#left -= count;
      else if (socket.readable) break;
    }
    if (socket.readable || socket.ended) socket.close();
  }

  expire(): void {
    this.#socket.close();
  }

  closed(): void {
    const { loop, lingering } = this.#socket.context;
    loop.deadlines.cancel(this.#deadline);
    lingering.delete(this);
  }
}
