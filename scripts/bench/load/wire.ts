import {
  loadLibc,
  lastError,
  EAGAIN,
  EINPROGRESS,
  EINTR,
} from '../../../src/engine/epoll/system/libc.ts';
import * as linux from '../../../src/engine/epoll/system/linux.ts';
import { Memory } from '../../../src/engine/epoll/system/memory.ts';
import { encodeSockaddr, SOCKADDR_BYTES } from '../../../src/engine/epoll/system/sockaddr.ts';
import { localEndpoint } from '../../../src/engine/epoll/system/local.ts';

const LOOPBACK = '127.0.0.1';
const BACKLOG = 4096;
const BATCH = 256;
/** Descriptors beyond this are not used: every table here is as long. */
export const MAX_DESCRIPTORS = 65_536;
const SOCKET_TYPE = linux.SOCK_STREAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
const CLIENT_EVENTS = linux.EPOLLIN | linux.EPOLLOUT | linux.EPOLLRDHUP | linux.EPOLLET;
/** A receive that throws the bytes away without copying them (tcp(7)). */
export const MSG_TRUNC = 0x20;
/** The most bytes that one call sends or receives. */
export const SCRATCH_BYTES = 262_144;

const [NONE, CLIENT, BACKEND] = [0, 1, 2] as const;

/** What clients and backend say to each other. */
export interface Exchange {
  /** A client has something to tell, edge-triggered; writable for the first time once it is connected. */
  client(fd: number, events: number): void;
  /** A connection that the backend accepted has, level-triggered. */
  backend(fd: number, events: number): void;
}

/**
 * Both ends of the measured connections, the clients and the backend, in one thread that blocks in
 * epoll_wait(2): no promise and no object per connection, and a system call wherever one will do.
 */
export class Wire {
  /** Where the backend listens. */
  readonly port: number;
  readonly scratch: Memory;
  readonly #libc = loadLibc();
  readonly #roles = new Uint8Array(MAX_DESCRIPTORS);
  readonly #layout = linux.EVENT_LAYOUTS[process.arch]!;
  readonly #epoll: number;
  readonly #listening: number;
  readonly #events: Memory;
  readonly #event: Memory;
  readonly #address: Memory;
  #dialled = 0;

  constructor() {
    const libc = this.#libc;
    this.scratch = new Memory(libc, SCRATCH_BYTES);
    this.#events = new Memory(libc, BATCH * this.#layout.words * 4);
    this.#event = new Memory(libc, this.#layout.words * 4);
    this.#address = new Memory(libc, SOCKADDR_BYTES);
    this.#epoll = this.#must(libc.epoll_create1(linux.EPOLL_CLOEXEC));
    this.#listening = this.#listen();
    const bound = localEndpoint(libc, this.#listening);
    this.port = 'port' in bound ? bound.port : 0;
  }

  /** Memory of `bytes`, to send from. */
  hold(bytes: Uint8Array): Memory {
    const memory = new Memory(this.#libc, Math.ceil(bytes.length / 4) * 4);
    memory.bytes.set(bytes);
    return memory;
  }

  /** A client on its way to a port of loopback. */
  dial(port: number): number {
    const libc = this.#libc;
    const fd = this.#must(libc.socket(linux.AF_INET, SOCKET_TYPE, 0));
    if (port !== this.#dialled) encodeSockaddr({ ip: LOOPBACK, port }, this.#address.bytes);
    this.#dialled = port;
    if (libc.connect(fd, this.#address.address, 16) === -1 && libc.errno() !== EINPROGRESS) {
      throw lastError(libc);
    }
    this.#adopt(fd, CLIENT, CLIENT_EVENTS);
    return fd;
  }

  /** The number of bytes sent; 0 when there is no room, -1 when the connection is broken. */
  send(fd: number, from: Memory, length: number): number {
    const count = this.#libc.send(fd, from.address, length, linux.MSG_NOSIGNAL);
    return count === -1 && this.#libc.errno() === EAGAIN ? 0 : count;
  }

  /** The number of bytes received, 0 at the end; -1 when it is broken, or when there is nothing. */
  receive(fd: number, length = SCRATCH_BYTES, flags = 0): number {
    return this.#libc.recv(fd, this.scratch.address, length, flags);
  }

  /** Have the backend hear of room to write, beside what comes in. */
  watchOutput(fd: number): void {
    this.#control(linux.EPOLL_CTL_MOD, fd, linux.EPOLLIN | linux.EPOLLOUT);
  }

  close(fd: number): void {
    this.#roles[fd] = NONE;
    this.#libc.close(fd);
  }

  closeClients(): void {
    for (let fd = this.#roles.indexOf(CLIENT); fd !== -1; fd = this.#roles.indexOf(CLIENT, fd)) {
      this.close(fd);
    }
  }

  /** Have the exchange go on for a while, or until it `isDone`. */
  drive(exchange: Exchange, ms: number, isDone = () => false): void {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !isDone(); left = until - performance.now()) {
      this.#turn(exchange, Math.ceil(left));
    }
  }

  #turn(exchange: Exchange, ms: number): void {
    const { words } = this.#events;
    const { words: stride, data } = this.#layout;
    const count = this.#libc.epoll_wait(this.#epoll, this.#events.address, BATCH, ms);
    if (count === -1 && this.#libc.errno() !== EINTR) throw lastError(this.#libc);
    for (let at = 0; at < count; at++) {
      const fd = words[at * stride + data]!;
      const role = this.#roles[fd];
      if (role === CLIENT) exchange.client(fd, words[at * stride]!);
      else if (role === BACKEND) exchange.backend(fd, words[at * stride]!);
      else if (fd === this.#listening) this.#accept();
    }
  }

  #accept(): void {
    for (let left = BATCH; left > 0; left--) {
      const flags = linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
      const fd = this.#libc.accept4(this.#listening, 0, 0, flags);
      if (fd === -1) return;
      this.#adopt(fd, BACKEND, linux.EPOLLIN);
    }
  }

  #adopt(fd: number, role: number, events: number): void {
    if (fd >= MAX_DESCRIPTORS) throw new Error(`descriptor ${fd} is too large for the load`);
    this.#roles[fd] = role;
    this.#control(linux.EPOLL_CTL_ADD, fd, events);
  }

  #control(op: number, fd: number, events: number): void {
    const { words } = this.#event;
    words[0] = events;
    words[this.#layout.data] = fd;
    this.#must(this.#libc.epoll_ctl(this.#epoll, op, fd, this.#event.address));
  }

  #listen(): number {
    const libc = this.#libc;
    const fd = this.#must(libc.socket(linux.AF_INET, SOCKET_TYPE, 0));
    encodeSockaddr({ ip: LOOPBACK, port: 0 }, this.#address.bytes);
    this.#must(libc.bind(fd, this.#address.address, 16));
    this.#must(libc.listen(fd, BACKLOG));
    // What it accepts inherits it.
    this.#event.words[0] = 1;
    libc.setsockopt(fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, this.#event.address, 4);
    this.#control(linux.EPOLL_CTL_ADD, fd, linux.EPOLLIN);
    return fd;
  }

  #must(result: number): number {
    if (result === -1) throw lastError(this.#libc);
    return result;
  }
}
