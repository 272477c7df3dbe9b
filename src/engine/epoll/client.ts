import type { IpEndpoint } from '../../address.ts';
import type { ClientSocket, PeekEnd } from '../engine.ts';
import { Farewell } from './farewell.ts';
import { localEndpoint } from './system/local.ts';
import { Peek } from './peek.ts';
import { unpackIp, UNSPECIFIED } from './system/sockaddr.ts';
import type { PackedEndpoint, PackedIp } from './system/sockaddr.ts';
import { Socket, type SocketContext } from './socket.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/** Bytes read at a time while peeking: any hello in one call, and a bound on what a client can push. */
export const PEEK_BYTES = 16_384;

/** An accepted connection. */
export class Client extends Socket implements ClientSocket {
  head: Buffer = NOTHING;
  /** A head that comes in pieces grows in here. */
  #room: Buffer | null = null;
  readonly #address: PackedIp;
  readonly #port: number;

  constructor(context: SocketContext, fd: number, remote: PackedEndpoint) {
    // Not watched yet, so no edge is missed: the first read finds out whether there is something.
    super(context, fd, true);
    this.#address = remote.ip;
    this.#port = remote.port;
  }

  get remote(): IpEndpoint {
    return { ip: unpackIp(this.#address), port: this.#port };
  }

  get local(): IpEndpoint {
    const local = localEndpoint(this.context.loop.libc, this.fd);
    return 'path' in local ? UNSPECIFIED : local;
  }

  peek(length: number, timeoutMs: number): PeekEnd | Promise<PeekEnd> {
    const end = this.fill(length);
    if (end !== null) return end;
    return new Peek(this, length).wait(timeoutMs);
  }

  /** Read until `head` is longer than `length`; `null` when the client has to be waited for. */
  fill(length: number): PeekEnd | null {
    while (this.head.length <= length) {
      if (this.fd === -1) return 'closed';
      if (this.ended) return 'ended';
      if (!this.readable) return null;
      const { heads } = this.context;
      const count = this.read(heads.address, PEEK_BYTES);
      if (count > 0) this.append(heads.keep(count));
      if (this.errno !== 0) return 'reset';
    }
    return 'more';
  }

  stopPeeking(): void {
    if (this.waiter instanceof Peek) this.waiter.expire();
  }

  consume(count: number): void {
    this.head = this.head.subarray(count);
  }

  /** Give up the head, for the relay to send; `null` when nothing is left of it. */
  takeHead(): Buffer | null {
    const { head } = this;
    this.head = NOTHING;
    this.#room = null;
    return head.length === 0 ? null : head;
  }

  refuse(reply: Uint8Array): void {
    if (this.fd !== -1) new Farewell(this).say(reply);
  }

  /** Take what was read. */
  append(bytes: Buffer): void {
    const { head } = this;
    if (head.length === 0) {
      this.#room = null;
      this.head = bytes;
      return;
    }
    const length = head.length + bytes.length;
    let room = this.#room;
    let start = room === null ? 0 : head.byteOffset - room.byteOffset;
    if (room === null || start + length > room.length) {
      // Twice as much each time: a head that comes byte by byte is not copied byte by byte.
      room = Buffer.allocUnsafe(2 * length);
      room.set(head);
      start = 0;
    }
    room.set(bytes, start + head.length);
    this.#room = room;
    this.head = room.subarray(start, start + length);
  }
}
