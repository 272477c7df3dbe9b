import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a listener, so many at most: for one more, the one that has been silent for longest
 * goes, or else the one that has waited longest for its answer to begin. So nobody keeps a probe out by
 * holding connections open, nor by asking.
 */
export class Connections {
  readonly #max: number;
  /** In the order in which they fell silent. */
  readonly #silent = new Set<Socket>();
  /** In the order in which they asked. */
  readonly #answered = new Map<Socket, ServerResponse>();

  constructor(max: number) {
    this.#max = max;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
  }

  /**
   * Whether this response may be given. Not the one to a request that did not wait for the answer to the
   * last: nothing that asks us does so, and there is no end to how many could lie here.
   */
  begin(response: ServerResponse): boolean {
    // One that must wait for another has no socket of its own yet.
    const { socket } = response.req;
    if (socket.destroyed) return false;
    if (this.#answered.has(socket)) {
      socket.destroy();
      return false;
    }
    this.#silent.delete(socket);
    this.#answered.set(socket, response);
    response.once('close', () => {
      if (this.#answered.delete(socket) && !socket.destroyed) this.#silent.add(socket);
    });
    return true;
  }

  #add(socket: Socket): void {
    if (this.#silent.size + this.#answered.size >= this.#max) {
      const oldest = this.#dispensable();
      (oldest ?? socket).destroy();
      if (oldest === undefined) return;
      this.#silent.delete(oldest);
      this.#answered.delete(oldest);
    }
    this.#silent.add(socket);
    socket.once('close', () => {
      this.#silent.delete(socket);
      this.#answered.delete(socket);
    });
  }

  #dispensable(): Socket | undefined {
    const [silent] = this.#silent;
    if (silent !== undefined) return silent;
    for (const [socket, response] of this.#answered) if (!response.headersSent) return socket;
    return undefined;
  }
}
