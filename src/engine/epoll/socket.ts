import type { Lingering } from '../lingering.ts';
import type { Flight } from './relay/flow.ts';
import { EAGAIN, EINTR } from './system/libc.ts';
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  MSG_NOSIGNAL,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
} from './system/linux.ts';
import type { Loop } from './loop/loop.ts';
import type { Memory } from './system/memory.ts';
import type { Pipes } from './relay/pipes.ts';
import type { Slab } from './system/slab.ts';
import type { Source } from './loop/source.ts';

const INPUT = EPOLLIN | EPOLLRDHUP | EPOLLET;
const REMEMBERED = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR;
/** Reads and writes alike have something to tell. */
const BOTH_WAYS = EPOLLHUP | EPOLLERR;

// Bits of our own, beside those of epoll.
const ENDED = 1 << 16;
const SPENT = 1 << 17;
const WATCHED_INPUT = 1 << 18;
const WATCHED_OUTPUT = 1 << 19;
const HUNG_UP = 1 << 28;
/** An errno takes the eight bits from here: the greatest is 133. */
const ERRNO_SHIFT = 20;
const MAX_ERRNO = 255;

/** What one worker's sockets share. */
export interface SocketContext {
  readonly loop: Loop;
  /** Where bytes are read that are written at once: they are gone with the next read. */
  readonly scratch: Memory;
  /** Where heads are read. */
  readonly heads: Slab;
  /** A `struct linger` that makes close(2) send a RST. */
  readonly abortiveLinger: Memory;
  readonly pipes: Pipes;
  /** Refused clients that are not closed yet. */
  readonly lingering: Lingering;
}

/** Whoever waits on a socket. A socket has at most one. */
export interface Waiter {
  /** The socket has become readable, writable or broken. */
  ready(socket: Socket): void;
  /** We closed the socket ourselves. */
  closed(socket: Socket): void;
}

/** A connected, non-blocking stream socket under edge-triggered epoll. */
export class Socket implements Source {
  readonly context: SocketContext;
  fd: number;
  generation = 0;
  waiter: Waiter | null = null;
  /** What was read from this socket and not yet written to the other. */
  flight: Flight | null = null;
  /** Bytes read so far. */
  received = 0;
  /**
   * What is known of it in bits, epoll's and our own: a session at rest is small. For the same reason
   * there is no private method here, which V8 marks every object with.
   */
  #state: number;

  constructor(context: SocketContext, fd: number, readable: boolean) {
    this.context = context;
    this.fd = fd;
    this.#state = readable ? EPOLLIN | EPOLLOUT : EPOLLOUT;
    context.loop.adopt(this);
  }

  get watched(): number {
    const input = (this.#state & WATCHED_INPUT) === 0 ? 0 : INPUT;
    return (this.#state & WATCHED_OUTPUT) === 0 ? input : input | EPOLLOUT;
  }

  set watched(events: number) {
    this.#state &= ~(WATCHED_INPUT | WATCHED_OUTPUT);
    if ((events & EPOLLIN) !== 0) this.#state |= WATCHED_INPUT;
    if ((events & EPOLLOUT) !== 0) this.#state |= WATCHED_OUTPUT;
  }

  /** The error a read met: the kernel tells it once. 0 while there was none. */
  get errno(): number {
    return (this.#state >>> ERRNO_SHIFT) & MAX_ERRNO;
  }

  /** A read would give something: bytes, the end or an error. An edge sets it, a drained read clears it. */
  get readable(): boolean {
    return (this.#state & EPOLLIN) !== 0;
  }

  /** A write would get something away, or fail. */
  get writable(): boolean {
    return (this.#state & EPOLLOUT) !== 0;
  }

  /** A FIN has come; what came before it may still be unread. */
  get finished(): boolean {
    return (this.#state & EPOLLRDHUP) !== 0;
  }

  /** A reset, or another error, has come. */
  get broken(): boolean {
    return (this.#state & EPOLLERR) !== 0;
  }

  /** Every byte that will ever come has been read. */
  get ended(): boolean {
    return (this.#state & ENDED) !== 0;
  }

  /** ... and written to the other side of the session. */
  get spent(): boolean {
    return (this.#state & SPENT) !== 0;
  }

  spend(): void {
    this.#state |= SPENT;
  }

  /** It ended without a byte while the other side had not. */
  get hungUp(): boolean {
    return (this.#state & HUNG_UP) !== 0;
  }

  hangUp(): void {
    this.#state |= HUNG_UP;
  }

  ready(events: number): void {
    this.#state |= events & REMEMBERED;
    if ((events & BOTH_WAYS) !== 0) this.#state |= EPOLLIN | EPOLLOUT;
    else if ((events & EPOLLRDHUP) !== 0) this.#state |= EPOLLIN;
    this.waiter?.ready(this);
  }

  /**
   * Have the loop report what comes in. Registered by whoever waits first, and then for good. Where the
   * kernel has no room for that (fs.epoll.max_user_watches), the wait ends with its deadline.
   */
  watchInput(): void {
    this.context.loop.watch(this, INPUT);
  }

  /** Have the loop report also when it can be written to again. */
  watchOutput(): void {
    this.context.loop.watch(this, INPUT | EPOLLOUT);
  }

  /** Read up to `limit` bytes to `address`. Returns their number, 0 at the end, or -errno. */
  read(address: number, limit: number): number {
    if (this.errno !== 0) return -this.errno;
    const count = this.context.loop.libc.recv(this.fd, address, limit, 0);
    if (count < 0) return this.readFailed();
    this.took(count);
    if (count > 0 && count < limit) this.drained();
    return count;
  }

  /** Account for a read; 0 is the end. */
  took(count: number): void {
    if (count === 0) {
      this.#state |= ENDED;
      return;
    }
    if (this.received === 0) this.began();
    this.received += count;
  }

  /** A read was short: nothing is left unread, unless an error has still to be told. */
  drained(): void {
    if (this.broken) return;
    this.#state &= ~EPOLLIN;
    if (this.finished) this.#state |= ENDED;
  }

  /** The first byte has come. */
  began(): void {}

  /** The -errno of a read that has just failed. */
  readFailed(): number {
    const errno = this.context.loop.libc.errno();
    if (errno === EAGAIN) this.#state &= ~EPOLLIN;
    else if (errno !== EINTR) this.#state |= errno << ERRNO_SHIFT;
    return -errno;
  }

  /** Write bytes at `address`. Returns how many were taken, 0 when blocked, or -errno. */
  write(address: number, length: number, flags: number): number {
    const { libc } = this.context.loop;
    const count = libc.send(this.fd, address, length, flags | MSG_NOSIGNAL);
    return count < length ? this.wroteLess(count) : count;
  }

  /** As `write`, for bytes anywhere. */
  writeBytes(bytes: Uint8Array, flags: number): number {
    const { libc } = this.context.loop;
    const count = libc.sendBytes(this.fd, bytes, bytes.length, flags | MSG_NOSIGNAL);
    return count < bytes.length ? this.wroteLess(count) : count;
  }

  /** What `write` returns when the kernel took less than it was given, or -1. */
  wroteLess(count: number): number {
    if (count < 0) return this.writeFailed();
    this.blocked();
    return count;
  }

  /** The outcome of a write that has just failed: 0 when it was only blocked, else -errno. */
  writeFailed(): number {
    const errno = this.context.loop.libc.errno();
    if (errno !== EAGAIN) return -errno;
    this.blocked();
    return 0;
  }

  /** A write took less than it was given. */
  blocked(): void {
    this.#state &= ~EPOLLOUT;
    this.watchOutput();
  }

  /** End our direction with a FIN. */
  endOutput(): void {
    this.context.loop.libc.shutdown(this.fd, SHUT_WR);
  }

  /** Close with a FIN. Whoever waits is told. */
  close(): void {
    if (this.fd === -1) return;
    const { loop } = this.context;
    const { fd, waiter } = this;
    loop.release(this);
    loop.descriptors.close(fd);
    this.fd = -1;
    this.waiter = null;
    waiter?.closed(this);
  }

  /** Close with a RST. Otherwise as `close`. */
  reset(): void {
    if (this.fd === -1) return;
    const { loop, abortiveLinger } = this.context;
    const { address, bytes } = abortiveLinger;
    loop.libc.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, address, bytes.length);
    this.close();
  }
}
