import { constants } from 'node:os';
import type { IpEndpoint } from '../../../address.ts';
import type { ClientSocket, Listening, SocketError } from '../../engine.ts';
import { Client } from '../client.ts';
import { OwnedDeadline } from '../loop/deadlines.ts';
import { EAGAIN, EINTR, lastError, socketError } from '../system/libc.ts';
import { EPOLLEXCLUSIVE, EPOLLIN, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../system/linux.ts';
import type { ListeningSocket } from './listening-socket.ts';
import { localEndpoint } from '../system/local.ts';
import { Memory } from '../system/memory.ts';
import type { Reserve } from './reserve.ts';
import { packSockaddr, SOCKADDR_BYTES, UNSPECIFIED } from '../system/sockaddr.ts';
import type { SocketContext } from '../socket.ts';
import type { Source } from '../loop/source.ts';

/** Clients accepted per round: a flood of them leaves the established sessions their turn. */
export const ACCEPTS_PER_ROUND = 16;
/** How long nobody is accepted after an error that lasts, such as EMFILE. They wait in the kernel. */
const PAUSE_MS = 50;

const { ECONNABORTED, EPERM, EPROTO } = constants.errno;
// What befell one client before it was accepted; the next one may be well.
const PASSING: ReadonlySet<number> = new Set([ECONNABORTED, EPERM, EPROTO, EINTR]);

/** Who is told what comes of accepting: see `Engine.listen`. */
export interface Acceptance {
  readonly onClient: (client: ClientSocket) => void;
  readonly onAcceptError?: ((code: string) => void) | undefined;
}

/** A listening descriptor, possibly shared with other workers: each client wakes one of them. */
export class Listener implements Source, Listening {
  readonly address: IpEndpoint;
  fd: number;
  generation = 0;
  watched = 0;
  readonly #context: SocketContext;
  readonly #reserve: Reserve;
  readonly #own: boolean;
  readonly #acceptance: Acceptance;
  readonly #remote: Memory;
  readonly #remoteLength: Memory;
  readonly #pause = new OwnedDeadline({ expire: () => this.#resume() });

  constructor(
    context: SocketContext,
    reserve: Reserve,
    { fd, own }: ListeningSocket,
    acceptance: Acceptance,
  ) {
    const { loop } = context;
    this.fd = fd;
    const local = localEndpoint(loop.libc, fd);
    this.address = 'path' in local ? UNSPECIFIED : local;
    this.#context = context;
    this.#reserve = reserve;
    this.#own = own;
    this.#acceptance = acceptance;
    this.#remote = new Memory(loop.libc, SOCKADDR_BYTES);
    this.#remoteLength = new Memory(loop.libc, 4);
    loop.adopt(this);
  }

  /** Take clients. Not edge-triggered: those who do not fit in a round bring about another. */
  start(): this {
    if (!this.#watch()) throw lastError(this.#context.loop.libc);
    return this;
  }

  ready(): void {
    const { libc } = this.#context.loop;
    if (!this.#reserve.restore()) return this.#stop(lastError(libc));
    for (let left = ACCEPTS_PER_ROUND; left > 0 && this.fd !== -1; left--) {
      const fd = this.#accept();
      if (fd === -EAGAIN) return;
      if (fd >= 0) this.#welcome(fd);
      else if (!PASSING.has(-fd)) return this.#stop(socketError(-fd));
    }
  }

  close(): Promise<void> {
    if (this.fd === -1) return Promise.resolve();
    const { loop } = this.#context;
    loop.deadlines.cancel(this.#pause);
    if (this.watched !== 0) loop.unwatch(this);
    loop.release(this);
    if (this.#own) loop.descriptors.close(this.fd);
    this.fd = -1;
    return Promise.resolve();
  }

  /** The descriptor of the next client, or -errno. */
  #accept(): number {
    const { libc, descriptors } = this.#context.loop;
    const { address } = this.#remote;
    this.#remoteLength.words[0] = SOCKADDR_BYTES;
    const flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    const fd = libc.accept4(this.fd, address, this.#remoteLength.address, flags);
    return fd === -1 ? -libc.errno() : descriptors.opened(fd);
  }

  #welcome(fd: number): void {
    const { bytes } = this.#remote;
    this.#context.loop.handOver = true;
    this.#acceptance.onClient(new Client(this.#context, fd, packSockaddr(bytes)));
  }

  #watch(): boolean {
    return this.#context.loop.watch(this, EPOLLIN | EPOLLEXCLUSIVE);
  }

  #stop(error: SocketError): void {
    this.#context.loop.unwatch(this);
    this.#pauseFor(error);
  }

  #resume(): void {
    if (!this.#watch()) this.#pauseFor(lastError(this.#context.loop.libc));
  }

  #pauseFor({ code }: SocketError): void {
    const { loop } = this.#context;
    loop.deadlines.set(this.#pause, loop.now + PAUSE_MS);
    this.#acceptance.onAcceptError?.(code);
  }
}
