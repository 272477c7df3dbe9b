import { performance } from 'node:perf_hooks';
import type { Endpoint } from '../../address.ts';
import type { BackendSocket } from '../engine.ts';
import { localEndpoint } from './system/local.ts';
import { Socket, type SocketContext } from './socket.ts';

/** A connection to a backend, connected or about to be. */
export class Backend extends Socket implements BackendSocket {
  firstByteAt = 0;

  constructor(context: SocketContext, fd: number) {
    // What comes in is found out by the first edge, which registering reports if it is there already.
    super(context, fd, false);
  }

  get local(): Endpoint {
    return localEndpoint(this.context.loop.libc, this.fd);
  }

  override began(): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
  }
}
