import type { Socket } from 'node:net';
import { formatHostPort } from '../../src/address.ts';
import { ExactSocket } from './exact-socket.ts';

/** What the `Socket` of a `RawSocket` needs to be made with. */
export const RAW_OPTIONS = { allowHalfOpen: true, noDelay: true, highWaterMark: 1 } as const;

/** One side of a TCP connection that does exactly as it is told. `await using` closes it. */
export class RawSocket extends ExactSocket implements AsyncDisposable {
  /** Our own end: `127.0.0.1:41234`. */
  readonly localAddress: string;

  constructor(socket: Socket) {
    super(socket);
    this.localAddress = formatHostPort(socket.localAddress ?? '', socket.localPort ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}
