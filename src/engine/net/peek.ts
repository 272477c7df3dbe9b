import type { Socket } from 'node:net';
import type { IpEndpoint } from '../../address.ts';
import type { ClientSocket, PeekEnd } from '../engine.ts';
import { Refusal } from './refuse.ts';
import { HOLD, Side } from './side.ts';
import type { Watch } from './side.ts';

/** An accepted client. Its bytes are let in only while somebody waits for them. */
export class NetClient extends Side implements ClientSocket {
  readonly remote: IpEndpoint;
  readonly local: IpEndpoint;

  constructor(socket: Socket, remote: IpEndpoint, local: IpEndpoint) {
    super(socket, true);
    this.remote = remote;
    this.local = local;
  }

  get head(): Buffer {
    return this.held.bytes;
  }

  peek(length: number, timeoutMs: number): PeekEnd | Promise<PeekEnd> {
    const known = peekEnd(this, length);
    if (known !== null) return known;
    return new Promise((resolve) => {
      this.watch = new Peek(this, length, timeoutMs, resolve);
      this.resume();
    });
  }

  stopPeeking(): void {
    if (this.watch instanceof Peek) this.watch.stop();
  }

  consume(count: number): void {
    this.held.consume(count);
  }

  refuse(reply: Uint8Array): void {
    if (this.socket.destroyed) return;
    this.fate = 'closed';
    this.watch.closed(this);
    this.watch = new Refusal(this, reply);
  }
}

class Peek implements Watch {
  readonly #client: NetClient;
  readonly #length: number;
  readonly #resolve: (end: PeekEnd) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(
    client: NetClient,
    length: number,
    timeoutMs: number,
    resolve: (end: PeekEnd) => void,
  ) {
    this.#client = client;
    this.#length = length;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.stop(), timeoutMs);
  }

  stop(): void {
    this.#settle('timeout');
  }

  bytes(client: Side, chunk: Buffer): void {
    client.held.append(chunk);
    if (client.held.bytes.length > this.#length) this.#settle('more');
  }

  ended(): void {
    this.#settle('ended');
  }

  drained(): void {}

  closed(client: Side): void {
    this.#settle(client.fate === 'closed' ? 'closed' : 'reset');
  }

  #settle(end: PeekEnd): void {
    clearTimeout(this.#timer);
    this.#client.watch = HOLD;
    this.#client.pause();
    this.#resolve(end);
  }
}

/** How a peek ends that need not wait, else `null`. */
function peekEnd(client: NetClient, length: number): PeekEnd | null {
  if (client.fate === 'closed') return 'closed';
  if (client.head.length > length) return 'more';
  if (client.fate === 'reset') return 'reset';
  return client.hasEnded ? 'ended' : null;
}
