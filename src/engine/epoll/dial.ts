import type { Endpoint } from '../../address.ts';
import { SocketError, type BackendSocket, type DialOptions } from '../engine.ts';
import { isOutOfPorts, type SourceAddresses } from '../source-addresses.ts';
import { Backend } from './backend.ts';
import { EINPROGRESS, EMFILE, lastError, socketError } from './system/libc.ts';
import {
  AF_UNIX,
  IPPROTO_TCP,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  TCP_NODELAY,
  TCP_QUICKACK,
} from './system/linux.ts';
import { Memory } from './system/memory.ts';
import type { Reserve } from './listen/reserve.ts';
import { encodeSockaddr, familyOf, SOCKADDR_BYTES } from './system/sockaddr.ts';
import { SourceBinding } from './system/source-binding.ts';
import { Pending } from './loop/pending.ts';
import type { SocketContext, Waiter } from './socket.ts';

const SOCKET_TYPE = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

/** An encoded address, and the memory it is in. */
interface Sockaddr {
  readonly memory: Memory;
  readonly address: number;
  readonly length: number;
}

/** Dials backends. */
export class Dialer {
  readonly #context: SocketContext;
  readonly #reserve: Reserve;
  readonly #sources: SourceAddresses;
  readonly #binding: SourceBinding;
  readonly #addresses = new WeakMap<Endpoint, Sockaddr>();
  readonly #one: Memory;
  readonly #zero: Memory;

  constructor(context: SocketContext, reserve: Reserve, sources: SourceAddresses) {
    const { libc } = context.loop;
    this.#context = context;
    this.#reserve = reserve;
    this.#sources = sources;
    this.#binding = new SourceBinding(libc);
    this.#one = new Memory(libc, 4);
    this.#one.words[0] = 1;
    this.#zero = new Memory(libc, 4);
  }

  /** See `Engine.dial`. */
  dial(to: Endpoint, { first, timeoutMs }: DialOptions): Promise<BackendSocket> {
    const opened = this.#openFromAny(to);
    if (opened instanceof SocketError) return Promise.reject(opened);
    // Over loopback the connection often stands already, and the write goes through at once.
    const sent = opened.writeBytes(first, 0);
    if (sent === first.length && opened.writable) return Promise.resolve(opened);
    if (sent < 0) {
      opened.close();
      return Promise.reject(socketError(-sent));
    }
    return new Dialing(opened, sent === 0 ? first : first.subarray(sent))
      .wait(timeoutMs)
      .then(connected);
  }

  /** A socket whose connection is under way, from the first local address that has a port for it. */
  #openFromAny(to: Endpoint): Backend | SocketError {
    let source = this.#sources.choose(to);
    for (let left = this.#sources.count(to); ; left--) {
      const opened = this.#open(to, source);
      if (!(opened instanceof SocketError) || !isOutOfPorts(opened.code)) return opened;
      if (source !== null) source = this.#sources.advance(to, source);
      if (left <= 1) return opened;
    }
  }

  #open(to: Endpoint, source: string | null): Backend | SocketError {
    const { loop } = this.#context;
    const family = familyOf(to);
    const { address, length } = this.#sockaddr(to);
    if (length === 0) return new SocketError('ENAMETOOLONG');
    const fd = this.#socket(family);
    if (fd === -1) return lastError(loop.libc);
    if (family !== AF_UNIX) this.#configure(fd);
    if (source !== null && this.#binding.bind(fd, source) === -1) return this.#failed(fd);
    if (loop.libc.connect(fd, address, length) === -1) {
      if (loop.libc.errno() !== EINPROGRESS) return this.#failed(fd);
    }
    return new Backend(this.#context, fd);
  }

  // The call that has just failed left the errno; closing would change it.
  #failed(fd: number): SocketError {
    const { loop } = this.#context;
    const error = lastError(loop.libc);
    loop.descriptors.close(fd);
    return error;
  }

  // Backends are dialled over and over, and encoding costs as much as a system call.
  #sockaddr(to: Endpoint): Sockaddr {
    const known = this.#addresses.get(to);
    if (known !== undefined) return known;
    const memory = new Memory(this.#context.loop.libc, SOCKADDR_BYTES);
    const length = encodeSockaddr(to, memory.bytes);
    const sockaddr = { memory, address: memory.address, length };
    this.#addresses.set(to, sockaddr);
    return sockaddr;
  }

  #socket(family: number): number {
    const { libc, descriptors } = this.#context.loop;
    const fd = descriptors.opened(libc.socket(family, SOCKET_TYPE, 0));
    if (fd !== -1 || libc.errno() !== EMFILE || !this.#reserve.spend()) return fd;
    return descriptors.opened(libc.socket(family, SOCKET_TYPE, 0));
  }

  #configure(fd: number): void {
    const { libc } = this.#context.loop;
    libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, this.#one.address, 4);
    // The last ACK of the handshake then travels with `first`: a packet less, 6 % of a short session.
    libc.setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, this.#zero.address, 4);
  }
}

/** Waiting for a connection to stand and to have taken `first`. */
class Dialing implements Waiter {
  readonly #backend: Backend;
  readonly #pending: Pending<Backend | SocketError>;
  #first: Uint8Array;

  constructor(backend: Backend, first: Uint8Array) {
    this.#backend = backend;
    this.#first = first;
    this.#pending = new Pending(backend.context.loop, this);
  }

  wait(timeoutMs: number): Promise<Backend | SocketError> {
    this.#backend.waiter = this;
    this.#backend.watchOutput();
    this.#pending.expireAt(this.#backend.context.loop.now + timeoutMs);
    return this.#pending.outcome;
  }

  ready(backend: Backend): void {
    if (!backend.writable) return;
    // Its errno is that of connect(2) as long as there is no connection.
    const sent = backend.writeBytes(this.#first, 0);
    if (sent < 0) return this.#fail(socketError(-sent));
    this.#first = this.#first.subarray(sent);
    if (this.#first.length > 0 || !backend.writable) return;
    backend.waiter = null;
    this.#pending.settle(backend);
  }

  expire(): void {
    this.#fail(new SocketError('ETIMEDOUT'));
  }

  closed(): void {
    this.#pending.settle(new SocketError('ECANCELED'));
  }

  #fail(error: SocketError): void {
    this.#backend.waiter = null;
    this.#backend.close();
    this.#pending.settle(error);
  }
}

function connected(outcome: Backend | SocketError): Backend {
  if (outcome instanceof SocketError) throw outcome;
  return outcome;
}
