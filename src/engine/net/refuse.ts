import { Lingering } from '../lingering.ts';
import type { Side, Watch } from './side.ts';

/** How long and how much a refused client may still send before it is closed whatever it does. */
const DISCARD_MS = 1000;
const DISCARD_MAX_BYTES = 262_144;

/** Of this thread, which has one engine. */
const lingering = new Lingering();

/**
 * Write `reply` and a FIN, and discard what comes in. Closing at once with input unread would send a RST,
 * and a client that gets one loses the reply.
 */
export class Refusal implements Watch {
  readonly #client: Side;
  readonly #timer: NodeJS.Timeout;
  #left = DISCARD_MAX_BYTES;

  constructor(client: Side, reply: Uint8Array) {
    this.#client = client;
    this.#timer = setTimeout(() => this.expire(), DISCARD_MS);
    client.socket.end(reply);
    client.resume();
    lingering.add(this);
  }

  bytes(client: Side, chunk: Buffer): void {
    this.#left -= chunk.length;
    if (this.#left < 0) client.socket.destroy();
  }

  expire(): void {
    this.#client.socket.destroy();
  }

  ended(): void {}

  drained(): void {}

  closed(): void {
    clearTimeout(this.#timer);
    lingering.delete(this);
  }
}
